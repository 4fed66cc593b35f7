//! An MCP server with several tools.

use copilot_track::{tracked_media, tracked_tool};
use rmcp::handler::server::wrapper::Parameters;
use rmcp::model::{CallToolRequestParams, CallToolResult, ContentBlock};
use rmcp::{ErrorData, ServerHandler, tool, tool_handler, tool_router};
use serde_json::json;
use tokio::task::yield_now;

#[derive(serde::Deserialize, schemars::JsonSchema)]
pub(crate) struct Item {
    sku: String,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Shop;

#[tool_router]
impl Shop {
    /// A tool without an attribute.
    #[tool]
    async fn plain(&self, Parameters(Item { sku }): Parameters<Item>) -> String {
        yield_now().await;
        sku
    }

    /// A tool with an attribute that needs no `conversation`.
    #[tool]
    #[tracked_tool(type = "Inventory Request", properties(sku), record(outcome))]
    async fn stock_level(&self, Parameters(Item { sku }): Parameters<Item>) -> String {
        yield_now().await;
        sku
    }

    /// A tool that fails in the way of MCP.
    #[tool]
    #[tracked_tool(type = "Order", record(outcome))]
    async fn order(&self) -> Result<CallToolResult, ErrorData> {
        Ok(CallToolResult::error(vec![ContentBlock::text("sold out")]))
    }

    /// A chart.
    #[tool]
    #[tracked_media(type = "image", sub_type = "png")]
    async fn chart(&self) -> String {
        "png".to_owned()
    }
}

#[tool_handler]
impl ServerHandler for Shop {}

/// Returns the parameters of a call.
pub(crate) fn call(tool: &'static str, sku: &str) -> CallToolRequestParams {
    let arguments = json!({ "sku": sku });
    let arguments = arguments.as_object().cloned().unwrap();
    CallToolRequestParams::new(tool).with_arguments(arguments)
}
