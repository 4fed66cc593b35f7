//! One client and one server, connected as over stdio.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests panic"
)]

mod support;

use copilot_track::adapter::ToolCall;
use copilot_track::testing::TestTracker;
use copilot_track_rmcp::{TrackedServer, WithTurn as _};
use rmcp::ServiceExt as _;
use rmcp::model::CallToolRequestParams;
use rmcp::service::{RoleClient, RunningService};
use tokio::task::JoinHandle;

use crate::support::{Shop, call};

struct Connection {
    client: RunningService<RoleClient, ()>,
    server: JoinHandle<()>,
}

impl Connection {
    async fn open(server: TrackedServer<Shop>) -> Self {
        let (near, far) = tokio::io::duplex(4096);
        let server = tokio::spawn(async move {
            server.serve(far).await.unwrap().waiting().await.unwrap();
        });
        let client = ().serve(near).await.unwrap();
        Self { client, server }
    }

    async fn call(&self, params: CallToolRequestParams) {
        self.client.call_tool(params).await.unwrap();
    }

    async fn close(self) {
        self.client.cancel().await.unwrap();
        self.server.await.unwrap();
    }
}

fn server(test: &TestTracker) -> TrackedServer<Shop> {
    TrackedServer::new(Shop, test.tracker().clone())
}

#[tokio::test]
async fn events_belong_to_the_reply_of_the_caller() {
    let test = TestTracker::new();
    let connection = Connection::open(server(&test)).await;
    let turn = test.conversation().turn("Is it in stock?");
    let reply = turn.start_reply();
    let calls = async {
        for tool in ["plain", "stock_level", "order", "chart"] {
            connection
                .call(call(tool, "tent").with_current_turn())
                .await;
        }
    };
    reply.run(calls).await;
    connection.close().await;

    let actions = test.events_named("Action Invoked");
    let [plain, stock_level, order, chart] = &actions[..] else {
        panic!("each call is one event: {actions:?}");
    };
    plain
        .assert_property("type", "Tool Call")
        .assert_property("action", "plain")
        .assert_property("outcome", "ok")
        .assert_no_property("error_type");
    stock_level
        .assert_property("type", "Inventory Request")
        .assert_property("action", "stock level")
        .assert_property("sku", "tent")
        .assert_property("outcome", "ok");
    order
        .assert_property("type", "Order")
        .assert_property("outcome", "error")
        .assert_property("error_type", "tool_error");
    chart.assert_property("action", "chart");
    let media = test.event("Media Generated");
    for event in actions.iter().chain([&media]) {
        assert_eq!(event.message_id(), Some(reply.id().as_ref()));
        assert!(event.property("duration_ms").is_some() || event.name() == "Media Generated");
    }
}

#[tokio::test]
async fn a_session_without_turns_is_one_conversation() {
    let test = TestTracker::new();
    for _ in 0..2 {
        let connection = Connection::open(server(&test)).await;
        connection.call(call("plain", "a")).await;
        connection.call(call("stock_level", "b")).await;
        connection.close().await;
    }
    let session = [
        "Conversation Started",
        "Action Invoked",
        "Action Invoked",
        "Conversation Ended",
    ];
    let names = test.names();
    assert_eq!(names.len(), 2 * session.len());
    for name in session {
        let events = test.events_named(name);
        let mut conversations: Vec<_> =
            events.iter().map(|event| event.conversation_id()).collect();
        conversations.sort_unstable();
        conversations.dedup();
        assert_eq!(conversations.len(), 2, "{name}");
    }
}

#[tokio::test]
async fn the_application_selects_the_conversation_and_describes_the_tools() {
    let test = TestTracker::new();
    let conversation = test.conversation();
    let id = conversation.id().to_string();
    let server = server(&test)
        .conversation_of(move |_| Some(conversation.clone()))
        .describe(|tool| ToolCall::new("Shop", tool.to_owned()));
    let connection = Connection::open(server).await;
    connection.call(call("plain", "a")).await;
    connection.close().await;
    let event = test.event("Action Invoked");
    event.assert_property("type", "Shop");
    assert_eq!(event.conversation_id(), Some(id.as_str()));
}

#[tokio::test]
async fn an_invalid_turn_and_a_closure_that_panics_have_no_effect() {
    let test = TestTracker::new();
    let server = server(&test).conversation_of(|_| -> Option<copilot_track::Turn> { panic!() });
    let connection = Connection::open(server).await;
    let mut params = call("plain", "a");
    let mut meta = rmcp::model::RequestMetaObject::new();
    meta.0.0.insert("copilot-track".to_owned(), "v1.!".into());
    params.meta = Some(meta);
    connection.call(params).await;
    connection.close().await;
    // The call belongs to the conversation of the session.
    assert_eq!(test.events_named("Conversation Started").len(), 1);
    assert_eq!(test.events_named("Action Invoked").len(), 1);
}

#[test]
fn without_a_turn_nothing_is_written() {
    assert_eq!(call("plain", "a").with_current_turn(), call("plain", "a"));
}
