//! The implementation of rmcp's trait, which passes everything to the other handler.

#![allow(deprecated, reason = "deprecated requests are passed on, too")]

use std::borrow::Cow;

use copilot_track::adapter::Outcome;
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CancelTaskParams, CancelledNotificationParam,
    CompleteRequestParams, CompleteResult, CustomNotification, CustomRequest, CustomResult,
    DiscoverResult, GetPromptRequestParams, GetPromptResponse, GetSkillRequestParams,
    GetSkillResult, GetTaskParams, GetTaskResult, InitializeRequestParams, InitializeResult,
    ListPromptsResult, ListResourceTemplatesResult, ListResourcesResult, ListSkillsResult,
    ListToolsResult, PaginatedRequestParams, ProgressNotificationParam, ProtocolVersion,
    ReadResourceDirectoryRequestParams, ReadResourceDirectoryResult, ReadResourceRequestParams,
    ReadResourceResponse, ServerConfig, SetLevelRequestParams, SubscribeRequestParams,
    SubscriptionFilter, Tool, UnsubscribeRequestParams, UpdateTaskParams,
};
use rmcp::service::{NotificationContext, RequestContext, SubscriptionContext};
use rmcp::{ErrorData, RoleServer, ServerHandler};

use super::outcome::{Understood, report};
use super::tracked_server::TrackedServer;

type Context = RequestContext<RoleServer>;
type Notification = NotificationContext<RoleServer>;

/// Passes requests to the other handler.
macro_rules! pass_requests {
    ($($method:ident($($request:ty)?) -> $result:ty;)*) => {$(
        pass_requests!(@ $method($($request)?) -> $result);
    )*};
    (@ $method:ident($request:ty) -> $result:ty) => {
        async fn $method(&self, request: $request, context: Context) -> Result<$result, ErrorData> {
            self.handler.$method(request, context).await
        }
    };
    (@ $method:ident() -> $result:ty) => {
        async fn $method(&self, context: Context) -> Result<$result, ErrorData> {
            self.handler.$method(context).await
        }
    };
}

/// Passes notifications to the other handler.
macro_rules! pass_notifications {
    ($($method:ident($($notification:ty)?);)*) => {$(
        pass_notifications!(@ $method($($notification)?));
    )*};
    (@ $method:ident($notification:ty)) => {
        async fn $method(&self, notification: $notification, context: Notification) {
            self.handler.$method(notification, context).await;
        }
    };
    (@ $method:ident()) => {
        async fn $method(&self, context: Notification) {
            self.handler.$method(context).await;
        }
    };
}

impl<H: ServerHandler> ServerHandler for TrackedServer<H> {
    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: Context,
    ) -> Result<CallToolResponse, ErrorData> {
        let scope = self.scope(&context);
        let call = self.call(&request.name).start_in(scope.as_ref());
        let cancellation = context.ct.clone();
        let understood = Understood::by_client(&context);
        let response = call.run(self.handler.call_tool(request, context)).await;
        if cancellation.is_cancelled() {
            // The client does not get the response.
            call.finish(Outcome::Cancelled);
        } else {
            report(call, &response, understood);
        }
        response
    }

    async fn initialize(
        &self,
        request: InitializeRequestParams,
        context: Context,
    ) -> Result<InitializeResult, ErrorData> {
        self.session.initialize();
        self.handler.initialize(request, context).await
    }

    fn get_info(&self) -> ServerConfig {
        self.handler.get_info()
    }

    fn get_tool(&self, name: &str) -> Option<Tool> {
        self.handler.get_tool(name)
    }

    fn supported_protocol_versions(&self) -> Cow<'static, [ProtocolVersion]> {
        self.handler.supported_protocol_versions()
    }

    fn negotiate_initialize(
        &self,
        request: &InitializeRequestParams,
    ) -> Result<InitializeResult, ErrorData> {
        self.handler.negotiate_initialize(request)
    }

    fn accepted_subscription_filter(
        &self,
        requested: &SubscriptionFilter,
    ) -> Option<SubscriptionFilter> {
        self.handler.accepted_subscription_filter(requested)
    }

    async fn listen(&self, context: SubscriptionContext) -> Result<(), ErrorData> {
        self.handler.listen(context).await
    }

    pass_requests! {
        ping() -> ();
        discover() -> DiscoverResult;
        complete(CompleteRequestParams) -> CompleteResult;
        set_level(SetLevelRequestParams) -> ();
        get_prompt(GetPromptRequestParams) -> GetPromptResponse;
        list_prompts(Option<PaginatedRequestParams>) -> ListPromptsResult;
        list_resources(Option<PaginatedRequestParams>) -> ListResourcesResult;
        list_resource_templates(Option<PaginatedRequestParams>) -> ListResourceTemplatesResult;
        read_resource(ReadResourceRequestParams) -> ReadResourceResponse;
        subscribe(SubscribeRequestParams) -> ();
        unsubscribe(UnsubscribeRequestParams) -> ();
        list_tools(Option<PaginatedRequestParams>) -> ListToolsResult;
        on_custom_request(CustomRequest) -> CustomResult;
        get_task(GetTaskParams) -> GetTaskResult;
        update_task(UpdateTaskParams) -> ();
        cancel_task(CancelTaskParams) -> ();
        list_skills(Option<PaginatedRequestParams>) -> ListSkillsResult;
        get_skill(GetSkillRequestParams) -> GetSkillResult;
        read_resource_directory(ReadResourceDirectoryRequestParams) -> ReadResourceDirectoryResult;
    }

    pass_notifications! {
        on_cancelled(CancelledNotificationParam);
        on_progress(ProgressNotificationParam);
        on_initialized();
        on_roots_list_changed();
        on_custom_notification(CustomNotification);
    }
}
