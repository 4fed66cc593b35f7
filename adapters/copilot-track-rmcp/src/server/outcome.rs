//! How a tool call ended.

use copilot_track::adapter::Outcome;
use rmcp::ErrorData;
use rmcp::model::{CallToolResponse, ErrorCode};

/// Returns the outcome of a response. A result with `is_error` is an error.
pub(super) fn of_response(response: &Result<CallToolResponse, ErrorData>) -> Outcome {
    match response {
        Ok(CallToolResponse::Complete(result)) if result.is_error == Some(true) => {
            Outcome::error("tool_error")
        }
        Ok(_) => Outcome::Ok,
        Err(error) => Outcome::error(error_type(error.code)),
    }
}

fn error_type(code: ErrorCode) -> &'static str {
    match code {
        ErrorCode::INVALID_PARAMS => "invalid_params",
        ErrorCode::INVALID_REQUEST => "invalid_request",
        ErrorCode::METHOD_NOT_FOUND => "method_not_found",
        ErrorCode::INTERNAL_ERROR => "internal_error",
        ErrorCode::RESOURCE_NOT_FOUND => "resource_not_found",
        _ => "mcp_error",
    }
}
