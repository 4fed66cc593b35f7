//! How a tool call ended.

use copilot_track::adapter::{Outcome, StartedToolCall};
use rmcp::model::{CallToolResponse, ErrorCode, ProtocolVersion};
use rmcp::service::RequestContext;
use rmcp::{ErrorData, RoleServer};

/// Which responses a client understands. rmcp sends an error instead of other responses.
#[derive(Debug, Clone, Copy)]
pub(super) struct Understood {
    input_required: bool,
    tasks: bool,
}

impl Understood {
    /// Returns the responses that the client of a request understands.
    pub(super) fn by_client(context: &RequestContext<RoleServer>) -> Self {
        // Versions are dates, so they are in alphabetical order.
        let newest = ProtocolVersion::V_2026_07_28;
        let version = context.protocol_version();
        Self {
            input_required: version.is_some_and(|version| version.as_str() >= newest.as_str()),
            tasks: context
                .client_capabilities()
                .is_some_and(|capabilities| capabilities.supports_tasks()),
        }
    }
}

/// Reports the response to a call, unless the call continues in another request.
pub(super) fn report(
    call: StartedToolCall,
    response: &Result<CallToolResponse, ErrorData>,
    understood: Understood,
) {
    match response {
        // The client sends the call again, with the answers of the user.
        Ok(CallToolResponse::InputRequired(_)) if understood.input_required => call.discard(),
        Ok(CallToolResponse::InputRequired(_)) => {
            call.finish(Outcome::error(error_type(ErrorCode::INVALID_REQUEST)));
        }
        Ok(CallToolResponse::Task(_)) if understood.tasks => call.detach(),
        Ok(CallToolResponse::Task(_)) => {
            let code = ErrorCode::MISSING_REQUIRED_CLIENT_CAPABILITY;
            call.finish(Outcome::error(error_type(code)));
        }
        Ok(CallToolResponse::Complete(result)) if result.is_error == Some(true) => {
            call.finish(Outcome::error("tool_error"));
        }
        Ok(_) => call.finish(Outcome::Ok),
        Err(error) => call.finish(Outcome::error(error_type(error.code))),
    }
}

fn error_type(code: ErrorCode) -> &'static str {
    match code {
        ErrorCode::INVALID_PARAMS => "invalid_params",
        ErrorCode::INVALID_REQUEST => "invalid_request",
        ErrorCode::METHOD_NOT_FOUND => "method_not_found",
        ErrorCode::INTERNAL_ERROR => "internal_error",
        ErrorCode::RESOURCE_NOT_FOUND => "resource_not_found",
        ErrorCode::MISSING_REQUIRED_CLIENT_CAPABILITY => "missing_required_client_capability",
        _ => "mcp_error",
    }
}
