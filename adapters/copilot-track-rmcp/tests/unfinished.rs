//! Calls that do not end with their request: calls that need input, tasks, and calls that the
//! client cancels.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests panic"
)]

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use copilot_track::testing::{CapturedEvent, TestTracker};
use copilot_track::{InCurrentTurn as _, MessageId, tracked_tool};
use copilot_track_rmcp::{TrackedServer, WithTurn as _};
use rmcp::model::{
    CallToolRequest, CallToolRequestParams, CallToolResponse, CallToolResult, ClientCapabilities,
    ClientConfig, ClientRequest, ContentBlock, CreateTaskResult, ElicitRequest,
    ElicitRequestParams, ElicitResult, ElicitationAction, Implementation, InitializeRequestParams,
    InitializeResult, InputRequest, InputRequests, InputRequiredResult, ProtocolVersion,
    ServerCapabilities, ServerConfig,
};
use rmcp::service::{PeerRequestOptions, RequestContext, RunningService, serve_directly};
use rmcp::task_manager::{TaskManager, TaskOptions};
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use rmcp::transport::{StreamableHttpServerConfig, StreamableHttpService};
use rmcp::{ClientHandler, ErrorData, RoleClient, RoleServer, ServerHandler, ServiceExt as _};
use serde_json::json;
use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

/// A server whose tools do not answer at once.
#[derive(Clone, Default)]
struct Travel {
    tasks: TaskManager,
    started: Arc<Notify>,
    may_end: Arc<Notify>,
}

#[tracked_tool(type = "Booking", record(outcome))]
async fn book(request: CallToolRequestParams) -> CallToolResponse {
    tokio::task::yield_now().await;
    match request.request_state.as_deref() {
        None => input_required("1"),
        Some("1") => input_required("2"),
        Some(_) => done(),
    }
}

#[tracked_tool(type = "Report", record(outcome))]
async fn report(may_end: Arc<Notify>) -> Result<CallToolResult, rmcp::task_manager::TaskExit> {
    may_end.notified().await;
    Ok(CallToolResult::success(Vec::new()))
}

fn done() -> CallToolResponse {
    CallToolResult::success(vec![ContentBlock::text("done")]).into()
}

fn input_required(state: &str) -> CallToolResponse {
    let schema = json!({ "type": "object", "properties": { "name": { "type": "string" } } });
    let params = ElicitRequestParams::FormElicitationParams {
        meta: None,
        message: "Name?".to_owned(),
        requested_schema: serde_json::from_value(schema).unwrap(),
    };
    let request = InputRequest::Elicitation(ElicitRequest::new(params));
    let requests = InputRequests::from([("name".to_owned(), request)]);
    InputRequiredResult::new(Some(requests), Some(state.to_owned())).into()
}

impl ServerHandler for Travel {
    fn get_info(&self) -> ServerConfig {
        let capabilities = ServerCapabilities::builder().enable_tools().enable_tasks();
        ServerConfig::new(capabilities.build())
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        match request.name.as_ref() {
            "book" => Ok(book(request).await),
            "report" | "annotated_report" => {
                let may_end = Arc::clone(&self.may_end);
                let is_annotated = request.name == "annotated_report";
                let task = self.tasks.spawn(TaskOptions::new(), move |_| {
                    if is_annotated {
                        return Box::pin(report(may_end).in_current_turn());
                    }
                    Box::pin(async move {
                        may_end.notified().await;
                        Ok(CallToolResult::success(Vec::new()))
                    })
                });
                Ok(CallToolResponse::Task(CreateTaskResult::new(task)))
            }
            _ => {
                self.started.notify_one();
                context.ct.cancelled().await;
                Ok(done())
            }
        }
    }
}

/// A client that answers every question.
#[derive(Clone, Default)]
struct Customer;

impl ClientHandler for Customer {
    async fn create_elicitation(
        &self,
        _: ElicitRequestParams,
        _: RequestContext<RoleClient>,
    ) -> Result<ElicitResult, ErrorData> {
        Ok(ElicitResult::new(ElicitationAction::Accept).with_content(json!({ "name": "Ada" })))
    }
}

struct Connection {
    client: RunningService<RoleClient, Customer>,
    server: JoinHandle<()>,
}

impl Connection {
    /// Connects a client that uses a version of the protocol, without an exchange of versions.
    fn open(test: &TestTracker, travel: Travel, version: ProtocolVersion, has_tasks: bool) -> Self {
        let (near, far) = tokio::io::duplex(4096);
        let capabilities = ClientCapabilities::builder().enable_elicitation();
        let capabilities = if has_tasks {
            capabilities.enable_tasks().build()
        } else {
            capabilities.build()
        };
        let client_info =
            InitializeRequestParams::new(capabilities, Implementation::from_build_env())
                .with_protocol_version(version.clone());
        let mut server_info = InitializeResult::new(travel.get_info().capabilities);
        server_info.protocol_version = version;
        let server = TrackedServer::new(travel, test.tracker().clone());
        let server = tokio::spawn(async move {
            let running = serve_directly::<RoleServer, _, _, _, _>(server, far, Some(client_info));
            running.waiting().await.unwrap();
        });
        let client =
            serve_directly::<RoleClient, _, _, _, _>(Customer, near, Some(server_info.into()));
        Self { client, server }
    }

    /// Connects a client that can answer questions between requests.
    fn newest(test: &TestTracker, travel: Travel) -> Self {
        Self::open(test, travel, ProtocolVersion::V_2026_07_28, false)
    }

    /// Connects a client that knows tasks. In the newest version of the protocol, it would have to
    /// say so in each request.
    fn with_tasks(test: &TestTracker, travel: Travel) -> Self {
        Self::open(test, travel, ProtocolVersion::V_2025_11_25, true)
    }

    async fn close(self) {
        self.client.cancel().await.unwrap();
        self.server.await.unwrap();
    }
}

fn in_turn(test: &TestTracker, tool: &'static str) -> (CallToolRequestParams, MessageId) {
    let reply = test.conversation().turn("Book a flight").start_reply();
    let params = reply.in_scope(|| CallToolRequestParams::new(tool).with_current_turn());
    (params, reply.id().clone())
}

fn action(test: &TestTracker) -> CapturedEvent {
    let events = test.events_named("Action Invoked");
    assert_eq!(events.len(), 1, "{events:?}");
    events.into_iter().next().unwrap()
}

#[tokio::test]
async fn a_call_that_needs_input_is_reported_when_it_ends() {
    let test = TestTracker::new();
    let connection = Connection::newest(&test, Travel::default());
    let (params, reply) = in_turn(&test, "book");
    connection.client.call_tool(params).await.unwrap();
    connection.close().await;
    // The client sent three requests.
    let event = action(&test);
    event
        .assert_property("type", "Booking")
        .assert_property("outcome", "ok");
    assert_eq!(event.message_id(), Some(reply.as_str()));
}

#[tokio::test]
async fn a_call_whose_input_never_comes_is_not_reported() {
    let test = TestTracker::new();
    let connection = Connection::newest(&test, Travel::default());
    let (params, _) = in_turn(&test, "book");
    let response = connection.client.call_tool_once(params).await.unwrap();
    assert!(matches!(response, CallToolResponse::InputRequired(_)));
    connection.close().await;
    assert!(test.events_named("Action Invoked").is_empty());
}

#[tokio::test]
async fn a_response_that_the_client_does_not_understand_is_an_error() {
    for (tool, error_type) in [
        ("book", "invalid_request"),
        ("report", "missing_required_client_capability"),
    ] {
        let test = TestTracker::new();
        let version = ProtocolVersion::V_2025_11_25;
        let connection = Connection::open(&test, Travel::default(), version, false);
        let (params, _) = in_turn(&test, tool);
        connection.client.call_tool_once(params).await.unwrap_err();
        connection.close().await;
        action(&test)
            .assert_property("outcome", "error")
            .assert_property("error_type", error_type);
    }
}

#[tokio::test]
async fn a_task_has_no_outcome() {
    let test = TestTracker::new();
    let connection = Connection::with_tasks(&test, Travel::default());
    let (params, reply) = in_turn(&test, "report");
    let response = connection.client.call_tool_once(params).await.unwrap();
    assert!(matches!(response, CallToolResponse::Task(_)));
    connection.close().await;
    let event = action(&test);
    event
        .assert_property("type", "Tool Call")
        .assert_property("action", "report")
        .assert_no_property("outcome")
        .assert_no_property("duration_ms");
    assert_eq!(event.message_id(), Some(reply.as_str()));
}

#[tokio::test]
async fn an_annotated_task_is_reported_when_it_ends() {
    let test = TestTracker::new();
    let travel = Travel::default();
    let may_end = Arc::clone(&travel.may_end);
    let connection = Connection::with_tasks(&test, travel);
    let (params, reply) = in_turn(&test, "annotated_report");
    connection.client.call_tool_once(params).await.unwrap();
    assert!(test.events_named("Action Invoked").is_empty());
    may_end.notify_one();
    while test.events_named("Action Invoked").is_empty() {
        tokio::task::yield_now().await;
    }
    connection.close().await;
    let event = action(&test);
    event
        .assert_property("type", "Report")
        .assert_property("outcome", "ok");
    assert!(event.property("duration_ms").is_some());
    assert_eq!(event.message_id(), Some(reply.as_str()));
}

#[tokio::test]
async fn a_call_that_the_client_cancels_is_cancelled() {
    let test = TestTracker::new();
    let travel = Travel::default();
    let started = Arc::clone(&travel.started);
    let connection = Connection::open(&test, travel, ProtocolVersion::V_2025_11_25, false);
    let (params, _) = in_turn(&test, "wait");
    let request = ClientRequest::CallToolRequest(CallToolRequest::new(params));
    let options = PeerRequestOptions::no_options();
    let peer = connection.client.peer();
    let request = peer
        .send_cancellable_request(request, options)
        .await
        .unwrap();
    started.notified().await;
    // The tool then returns a result, which the client does not get.
    request.cancel(None).await.unwrap();
    while test.events_named("Action Invoked").is_empty() {
        tokio::task::yield_now().await;
    }
    connection.close().await;
    action(&test).assert_property("outcome", "cancelled");
}

#[tokio::test]
async fn a_client_that_hangs_up_cancels_its_call() {
    let test = TestTracker::new();
    let travel = Travel::default();
    let started = Arc::clone(&travel.started);
    let tracker = test.tracker().clone();
    let service = StreamableHttpService::new(
        move || Ok(TrackedServer::new(travel.clone(), tracker.clone())),
        Arc::new(LocalSessionManager::default()),
        // The server notices that the client has hung up when it writes the next line.
        StreamableHttpServerConfig::default()
            .with_legacy_session_mode(false)
            .with_sse_keep_alive(Some(Duration::from_millis(5))),
    );
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let app = Router::new().route_service("/mcp", service);
    tokio::spawn(async move { axum::serve(listener, app).await });

    let (params, reply) = in_turn(&test, "wait");
    let body = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params });
    let body = body.to_string();
    let request = format!(
        "POST /mcp HTTP/1.1\r\nhost: {address}\r\naccept: application/json, text/event-stream\r\n\
         content-type: application/json\r\nmcp-protocol-version: 2025-06-18\r\n\
         content-length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut client = TcpStream::connect(address).await.unwrap();
    client.write_all(request.as_bytes()).await.unwrap();
    started.notified().await;
    drop(client);
    while test.events_named("Action Invoked").is_empty() {
        tokio::task::yield_now().await;
    }
    let event = action(&test);
    event.assert_property("outcome", "cancelled");
    assert_eq!(event.message_id(), Some(reply.as_str()));
}

/// A server that asks the user and reports progress during a call.
#[derive(Clone)]
struct Asks;

impl ServerHandler for Asks {
    fn get_info(&self) -> ServerConfig {
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
    }

    async fn call_tool(
        &self,
        _: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let CallToolResponse::InputRequired(input) = input_required("1") else {
            unreachable!()
        };
        let Some(InputRequest::Elicitation(question)) =
            input.input_requests.unwrap().remove("name")
        else {
            unreachable!()
        };
        let token = context.meta.get_progress_token().unwrap();
        let progress = rmcp::model::ProgressNotificationParam::new(token, 1.0);
        context.peer.notify_progress(progress).await.unwrap();
        let answer = context
            .peer
            .create_elicitation(question.params)
            .await
            .unwrap();
        assert_eq!(answer.action, ElicitationAction::Accept);
        Ok(book_at_once())
    }
}

#[tracked_tool(type = "Booking")]
fn book_at_once() -> CallToolResponse {
    done()
}

#[tokio::test]
async fn a_call_may_ask_the_user_and_report_progress() {
    let test = TestTracker::new();
    let (near, far) = tokio::io::duplex(4096);
    let server = TrackedServer::new(Asks, test.tracker().clone());
    let server = tokio::spawn(async move {
        server.serve(far).await.unwrap().waiting().await.unwrap();
    });
    let client = Elicits.serve(near).await.unwrap();
    let (params, reply) = in_turn(&test, "book");
    client.call_tool(params).await.unwrap();
    client.cancel().await.unwrap();
    server.await.unwrap();
    let event = action(&test);
    event
        .assert_property("type", "Booking")
        .assert_property("outcome", "ok");
    assert_eq!(event.message_id(), Some(reply.as_str()));
}

/// A client that declares that it answers questions.
struct Elicits;

impl ClientHandler for Elicits {
    fn get_info(&self) -> ClientConfig {
        let capabilities = ClientCapabilities::builder().enable_elicitation().build();
        ClientConfig::new(capabilities, Implementation::from_build_env())
    }

    async fn create_elicitation(
        &self,
        request: ElicitRequestParams,
        context: RequestContext<RoleClient>,
    ) -> Result<ElicitResult, ErrorData> {
        Customer.create_elicitation(request, context).await
    }
}
