//! rmcp: `#[tool]` in both orders. It runs tools on tasks that it spawns, so the conversation is
//! named.

use copilot_track::testing::TestTracker;
use copilot_track::{Conversation, tracked_media, tracked_tool};
use rmcp::handler::server::wrapper::Parameters;
use rmcp::model::{CallToolRequestParams, CallToolResult, ContentBlock, ErrorData};
use rmcp::{ServerHandler, ServiceExt as _, schemars, tool, tool_handler, tool_router};

#[derive(serde::Deserialize, schemars::JsonSchema)]
struct Request {
    sku: String,
}

#[derive(Clone)]
struct Shop {
    conversation: Conversation,
}

#[tool_router]
impl Shop {
    /// Ours above.
    #[tracked_tool(
        type = "Inventory Request",
        conversation = self.conversation,
        properties(sku),
        record(outcome = |result| result.is_error != Some(true))
    )]
    #[tool]
    async fn above(&self, Parameters(Request { sku }): Parameters<Request>) -> Result<CallToolResult, ErrorData> {
        tokio::task::yield_now().await;
        Ok(CallToolResult::success(vec![ContentBlock::text(sku)]))
    }

    /// Ours below.
    #[tool]
    #[tracked_tool(type = "Inventory Request", conversation = self.conversation)]
    async fn below(&self, Parameters(Request { sku }): Parameters<Request>) -> Result<CallToolResult, ErrorData> {
        tokio::task::yield_now().await;
        Ok(CallToolResult::success(vec![ContentBlock::text(sku)]))
    }

    /// A chart.
    #[tool]
    #[tracked_media(type = "image", sub_type = "png", conversation = self.conversation)]
    async fn chart(&self) -> String {
        "png".to_owned()
    }
}

#[tool_handler]
impl ServerHandler for Shop {}

#[tokio::test]
async fn tools_behind_a_server_are_tracked() {
    let test = TestTracker::new();
    let shop = Shop {
        conversation: test.conversation(),
    };
    let (server_side, client_side) = tokio::io::duplex(4096);
    let server = tokio::spawn(async move { shop.serve(server_side).await.unwrap().waiting().await });
    let client = ().serve(client_side).await.unwrap();
    let arguments = serde_json::json!({ "sku": "widget" });
    for name in ["above", "below"] {
        let call = CallToolRequestParams::new(name).with_arguments(arguments.as_object().unwrap().clone());
        client.call_tool(call).await.unwrap();
    }
    client.call_tool(CallToolRequestParams::new("chart")).await.unwrap();
    client.cancel().await.unwrap();
    server.await.unwrap().unwrap();

    test.assert_names(&["Action Invoked", "Action Invoked", "Media Generated"]);
    test.events()[0]
        .assert_property("action", "above")
        .assert_property("sku", "widget")
        .assert_property("outcome", "ok");
}
