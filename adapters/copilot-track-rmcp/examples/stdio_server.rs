//! A client and an MCP server in one process. The example needs no network: the two are connected
//! with a pipe, and the events are printed instead of being sent.

use std::time::Duration;

use copilot_track::{Tracker, User, tracked_tool};
use copilot_track_rmcp::{TrackedServer, WithTurn as _};
use rmcp::handler::server::wrapper::Parameters;
use rmcp::model::CallToolRequestParams;
use rmcp::{ServerHandler, ServiceExt as _, tool, tool_handler, tool_router};
use serde_json::json;

type Error = Box<dyn std::error::Error + Send + Sync>;

#[derive(serde::Deserialize, schemars::JsonSchema)]
struct Item {
    sku: String,
}

#[derive(Clone)]
struct Shop;

#[tool_router]
impl Shop {
    /// Returns how many of an item are in stock.
    #[tool]
    #[tracked_tool(type = "Inventory Request", properties(sku))]
    async fn stock_level(&self, Parameters(Item { sku }): Parameters<Item>) -> String {
        sku.len().to_string()
    }
}

#[tool_handler]
impl ServerHandler for Shop {}

#[tokio::main]
async fn main() -> Result<(), Error> {
    let tracker = Tracker::builder().json_lines(std::io::stdout()).build()?;
    let (near, far) = tokio::io::duplex(4096);
    let server = TrackedServer::new(Shop, tracker.clone());
    let server = tokio::spawn(async move {
        server.serve(far).await?.waiting().await?;
        Ok::<_, Error>(())
    });
    let client = ().serve(near).await?;

    let turn = tracker
        .conversation(User::known("ada")?)
        .turn("Is the tent in stock?");
    let call = async {
        let arguments = json!({ "sku": "tent" })
            .as_object()
            .cloned()
            .unwrap_or_default();
        let params = CallToolRequestParams::new("stock_level").with_arguments(arguments);
        client.call_tool(params.with_current_turn()).await
    };
    println!("{:?}", turn.run(call).await?.content);
    client.cancel().await?;
    server.await??;
    println!("{}", tracker.shutdown(Duration::from_secs(5)).await);
    Ok(())
}
