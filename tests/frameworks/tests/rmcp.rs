//! Tests with rmcp. The attribute is placed above or below `#[tool]`.
//!
//! These servers select the conversation in each attribute. With the adapter in
//! `adapters/copilot-track-rmcp`, no such argument is needed.

use std::collections::HashMap;

use copilot_track::testing::{CapturedEvent, TestTracker};
use copilot_track::{Conversation, tracked_media, tracked_tool};
use rmcp::handler::server::wrapper::Parameters;
use rmcp::model::{
    CallToolRequestParams, CallToolResult, ContentBlock, ErrorData, RequestMetaObject,
};
use rmcp::{ServerHandler, ServiceExt as _, schemars, tool, tool_handler, tool_router};
use serde_json::json;

/// The `_meta` key under which the client sends the id of its conversation.
const CONVERSATION: &str = "shop.example/conversation";

#[derive(serde::Deserialize, schemars::JsonSchema)]
struct Request {
    sku: String,
}

#[derive(Clone)]
struct Shop {
    /// The open conversations by id. A real server would check that the caller may use the id.
    conversations: HashMap<String, Conversation>,
}

impl Shop {
    /// Returns the conversation whose id is in the caller's `_meta`. A call without an id is not
    /// tracked.
    fn conversation(&self, meta: &RequestMetaObject) -> Option<&Conversation> {
        self.conversations
            .get(meta.0.0.get(CONVERSATION)?.as_str()?)
    }
}

#[tool_router]
impl Shop {
    /// A tool with our attribute above `#[tool]`.
    #[tracked_tool(
        type = "Inventory Request",
        conversation = self.conversation(&meta),
        properties(sku),
        record(outcome = |result| result.is_error != Some(true))
    )]
    #[tool]
    async fn above(
        &self,
        meta: RequestMetaObject,
        Parameters(Request { sku }): Parameters<Request>,
    ) -> Result<CallToolResult, ErrorData> {
        tokio::task::yield_now().await;
        Ok(CallToolResult::success(vec![ContentBlock::text(sku)]))
    }

    /// A tool with our attribute below `#[tool]`.
    #[tool]
    #[tracked_tool(type = "Inventory Request", conversation = self.conversation(&meta))]
    async fn below(
        &self,
        meta: RequestMetaObject,
        Parameters(Request { sku }): Parameters<Request>,
    ) -> Result<CallToolResult, ErrorData> {
        tokio::task::yield_now().await;
        Ok(CallToolResult::success(vec![ContentBlock::text(sku)]))
    }

    /// A chart.
    #[tool]
    #[tracked_media(type = "image", sub_type = "png", conversation = self.conversation(&meta))]
    async fn chart(&self, meta: RequestMetaObject) -> String {
        "png".to_owned()
    }
}

#[tool_handler]
impl ServerHandler for Shop {}

/// Creates a tool call in this conversation.
fn call(tool: &'static str, conversation: Option<&Conversation>) -> CallToolRequestParams {
    let mut call = CallToolRequestParams::new(tool);
    if tool != "chart" {
        call = call.with_arguments(json!({ "sku": "widget" }).as_object().unwrap().clone());
    }
    call.meta = conversation.map(|conversation| {
        let meta = json!({ CONVERSATION: conversation.id().as_str() });
        RequestMetaObject::from(meta.as_object().unwrap().clone())
    });
    call
}

#[tokio::test]
async fn tools_are_tracked_in_the_conversation_of_their_caller() {
    let test = TestTracker::new();
    let (ada, bob) = (test.conversation(), test.conversation());
    let conversations = [&ada, &bob].map(|it| (it.id().to_string(), it.clone()));
    let shop = Shop {
        conversations: HashMap::from(conversations),
    };
    let (server_side, client_side) = tokio::io::duplex(4096);
    let server =
        tokio::spawn(async move { shop.serve(server_side).await.unwrap().waiting().await });
    let client = ().serve(client_side).await.unwrap();
    for request in [
        call("above", Some(&ada)),
        call("below", Some(&bob)),
        call("chart", Some(&ada)),
        call("below", None),
    ] {
        client.call_tool(request).await.unwrap();
    }
    client.cancel().await.unwrap();
    server.await.unwrap().unwrap();

    let events_of = |conversation: &Conversation| -> Vec<CapturedEvent> {
        let id = Some(conversation.id().as_str());
        test.events()
            .into_iter()
            .filter(|event| event.conversation_id() == id)
            .collect()
    };
    let [invoked, generated] = &events_of(&ada)[..] else {
        panic!("{:?}", test.names());
    };
    assert_eq!(
        (invoked.name(), generated.name()),
        ("Action Invoked", "Media Generated")
    );
    invoked
        .assert_property("action", "above")
        .assert_property("sku", "widget")
        .assert_property("outcome", "ok");
    let [invoked] = &events_of(&bob)[..] else {
        panic!("{:?}", test.names());
    };
    invoked.assert_property("action", "below");
    assert_eq!(
        test.events().len(),
        3,
        "the call without a conversation was tracked"
    );
}
