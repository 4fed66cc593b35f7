//! rig: `#[rig_tool]` in both orders, and `call` of the tool traits.

use copilot_track::testing::TestTracker;
use copilot_track::tracked_tool;
use rig_core::rig_tool;
use rig_core::tool::{PortableTool, Tool, ToolContext, ToolExecutionError};
use serde_json::json;

#[tracked_tool(type = "Calculator", properties(a, b))]
#[rig_tool(description = "Add two numbers")]
fn add_above(a: i32, b: i32) -> Result<i32, ToolExecutionError> {
    Ok(a + b)
}

#[rig_tool(description = "Add two numbers")]
#[tracked_tool(type = "Calculator", record(outcome))]
async fn add_below(a: i32, b: i32) -> Result<i32, ToolExecutionError> {
    tokio::task::yield_now().await;
    Ok(a + b)
}

#[derive(serde::Deserialize)]
struct Sku {
    sku: String,
}

struct Stock;

impl PortableTool for Stock {
    const NAME: &'static str = "stock";
    type Args = Sku;
    type Output = u32;
    type Error = std::convert::Infallible;

    fn description(&self) -> String {
        "Stock level".to_owned()
    }

    fn parameters(&self) -> serde_json::Value {
        json!({})
    }

    #[tracked_tool(type = "Inventory Request", action = <Self as PortableTool>::NAME, properties(sku = args.sku))]
    async fn call(&self, args: Self::Args) -> Result<Self::Output, Self::Error> {
        Ok(u32::try_from(args.sku.len()).unwrap_or_default())
    }
}

struct Order;

impl Tool for Order {
    const NAME: &'static str = "order";
    type Args = Sku;
    type Output = String;
    type Error = std::convert::Infallible;

    fn description(&self) -> String {
        "Order".to_owned()
    }

    fn parameters(&self) -> serde_json::Value {
        json!({})
    }

    #[tracked_tool(type = "Order", record(duration, outcome))]
    async fn call(&self, _: &mut ToolContext, args: Self::Args) -> Result<Self::Output, Self::Error> {
        Ok(args.sku)
    }
}

#[tokio::test]
async fn rig_tools_are_tracked() {
    let test = TestTracker::new();
    let turn = test.conversation().turn("Add them");
    turn.run(async {
        let args = serde_json::from_value(json!({ "a": 1, "b": 2 })).unwrap();
        assert_eq!(PortableTool::call(&AddAbove, args).await.unwrap(), 3);
        let args = serde_json::from_value(json!({ "a": 1, "b": 2 })).unwrap();
        assert_eq!(PortableTool::call(&AddBelow, args).await.unwrap(), 3);
        let args = Sku { sku: "abc".to_owned() };
        assert_eq!(PortableTool::call(&Stock, args).await.unwrap(), 3);
        let args = Sku { sku: "abc".to_owned() };
        assert_eq!(Tool::call(&Order, &mut ToolContext::default(), args).await.unwrap(), "abc");
    })
    .await;
    let actions: Vec<_> = test
        .events_named("Action Invoked")
        .into_iter()
        .map(|event| event.property("action").unwrap().as_str().unwrap().to_owned())
        .collect();
    assert_eq!(actions, ["add above", "add below", "stock", "call"]);
}
