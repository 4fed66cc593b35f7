//! Tests with rig. The attribute is placed above `#[rig_tool]`, below `#[rig_tool]`, or on the
//! `call` method of each tool trait.
//!
//! These tests call the tools themselves. Agents need the adapter in `adapters/copilot-track-rig`.

use std::sync::Arc;

use copilot_track::testing::{CapturedEvent, TestTracker};
use copilot_track::{Turn, tracked_tool};
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

/// A portable tool has no access to a context, so it is for agents that serve a single request.
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

/// A tool with a context can serve several users, because the context of each call contains the
/// turn.
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

    #[tracked_tool(type = "Order", conversation = context.scope::<Turn>(), record(duration, outcome))]
    async fn call(
        &self,
        context: &mut ToolContext,
        args: Self::Args,
    ) -> Result<Self::Output, Self::Error> {
        Ok(args.sku)
    }
}

fn sku(sku: &str) -> Sku {
    Sku {
        sku: sku.to_owned(),
    }
}

/// Returns the context of a request. It passes the request's turn to every tool call.
fn context_of(turn: &Turn) -> ToolContext {
    ToolContext::default().with_scope(Arc::new(turn.clone()))
}

#[tokio::test]
async fn tools_of_a_per_request_agent_are_tracked_in_its_turn() {
    let test = TestTracker::new();
    let turn = test.conversation().turn("Add them");
    turn.run(async {
        let args = serde_json::from_value(json!({ "a": 1, "b": 2 })).unwrap();
        assert_eq!(PortableTool::call(&AddAbove, args).await.unwrap(), 3);
        let args = serde_json::from_value(json!({ "a": 1, "b": 2 })).unwrap();
        assert_eq!(PortableTool::call(&AddBelow, args).await.unwrap(), 3);
        assert_eq!(PortableTool::call(&Stock, sku("abc")).await.unwrap(), 3);
        // Without a turn in the context, the current turn applies.
        assert_eq!(
            Tool::call(&Order, &mut ToolContext::default(), sku("abc"))
                .await
                .unwrap(),
            "abc"
        );
    })
    .await;
    let actions: Vec<_> = test
        .events_named("Action Invoked")
        .into_iter()
        .map(|event| {
            event
                .property("action")
                .unwrap()
                .as_str()
                .unwrap()
                .to_owned()
        })
        .collect();
    assert_eq!(actions, ["add above", "add below", "stock", "call"]);
}

#[tokio::test]
async fn the_turn_in_the_tool_context_overrides_the_current_turn() {
    let test = TestTracker::new();
    let (ada, bob) = (test.conversation(), test.conversation());
    let (of_ada, of_bob) = (ada.turn("Order a tent"), bob.turn("Order a lamp"));
    // Bob's run executes Ada's tool call and his own, as can happen with a shared agent.
    of_bob
        .run(async {
            for (turn, item) in [(&of_ada, "tent"), (&of_bob, "lamp")] {
                let mut context = context_of(turn);
                assert_eq!(
                    Tool::call(&Order, &mut context, sku(item)).await.unwrap(),
                    item
                );
            }
        })
        .await;
    let conversations: Vec<_> = test
        .events_named("Action Invoked")
        .iter()
        .map(|event: &CapturedEvent| event.conversation_id().unwrap().to_owned())
        .collect();
    let mut expected = [ada.id().to_string(), bob.id().to_string()];
    let mut conversations = <[String; 2]>::try_from(conversations).unwrap();
    // The order of events from different conversations is unspecified.
    expected.sort();
    conversations.sort();
    assert_eq!(conversations, expected);
}
