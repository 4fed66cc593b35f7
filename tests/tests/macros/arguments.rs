//! The arguments of attributes.

use copilot_track::testing::{CapturedEvent, TestTracker};
use copilot_track::{Conversation, MessageId, Role, Turn, tracked_tool};

use crate::shop::OutOfStock;

enum Kind {
    Stock,
}

impl std::fmt::Display for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Stock => f.write_str("stock"),
        }
    }
}

struct Order {
    sku: String,
    quantity: u32,
}

#[tracked_tool(
    type = kind,
    action = format!("order {}", order.sku),
    role = role.clone(),
    message_id = "m7",
    properties(quantity = order.quantity, sku = order.sku, note)
)]
fn order(kind: &Kind, role: Role, order: Order, note: Option<&str>) -> String {
    drop(role);
    let _ = (kind, note);
    order.sku
}

#[test]
fn arguments_can_be_expressions_of_the_parameters() {
    let test = TestTracker::new();
    let turn = test.conversation().turn("Order it");
    let new_order = Order {
        sku: "widget".to_owned(),
        quantity: 2,
    };
    let sku = turn.in_scope(|| order(&Kind::Stock, Role::AiAgent, new_order, None));
    assert_eq!(sku, "widget");
    let event = test.event("Action Invoked");
    event
        .assert_property("type", "stock")
        .assert_property("action", "order widget")
        .assert_property("role", "ai_agent")
        .assert_property("quantity", 2)
        .assert_property("sku", "widget")
        .assert_no_property("note");
    assert_eq!(event.message_id(), Some("m7"));
}

#[test]
fn arguments_are_not_evaluated_outside_a_conversation() {
    #[tracked_tool(type = panic_instead())]
    fn quiet() -> u8 {
        1
    }
    fn panic_instead() -> String {
        panic!("evaluated")
    }
    assert_eq!(quiet(), 1);
}

#[tracked_tool(type = "Lookup", conversation = conversation)]
async fn named(conversation: Conversation) -> u8 {
    drop(conversation);
    1
}

#[tracked_tool(type = "Lookup", conversation = turn)]
async fn named_turn(turn: Option<&Turn>) -> Option<MessageId> {
    turn.map(|turn| turn.message_id().clone())
}

#[tokio::test]
async fn a_named_conversation_overrides_the_current_turn() {
    let (here, there) = (TestTracker::new(), TestTracker::new());
    let turn = here.conversation().turn("Here?");
    let other = there.conversation().turn("There?");
    turn.run(named(there.conversation())).await;
    turn.run(named_turn(Some(&other))).await;
    assert_eq!(here.events_named("Action Invoked").len(), 0);
    let events = there.events_named("Action Invoked");
    assert_eq!(events.len(), 2);
    let on_the_turn =
        |event: &CapturedEvent| event.message_id() == Some(other.message_id().as_str());
    assert_eq!(events.iter().filter(|event| on_the_turn(event)).count(), 1);
    // `None` selects the current turn.
    turn.run(named_turn(None)).await;
    assert_eq!(here.events_named("Action Invoked").len(), 1);
}

#[derive(Debug)]
struct CallResult {
    is_error: bool,
}

#[tracked_tool(type = "Remote", record(outcome = |out| !out.is_error))]
fn reports_failure_in_ok(is_error: bool) -> Result<CallResult, OutOfStock> {
    Ok(CallResult { is_error })
}

#[tracked_tool(type = "Remote", record(outcome = |out: &Result<CallResult, OutOfStock>| match out {
    Ok(_) => "fine",
    Err(_) => "sold out",
}))]
async fn reports_outcome_as_text(fail: bool) -> Result<CallResult, OutOfStock> {
    if fail {
        return Err(OutOfStock);
    }
    Ok(CallResult { is_error: false })
}

#[tokio::test]
async fn a_tool_can_report_failure_inside_ok() {
    let test = TestTracker::new();
    let turn = test.conversation().turn("Call it");
    let _entered = turn.enter();
    let _ = reports_failure_in_ok(true);
    let _ = reports_failure_in_ok(false);
    let _ = reports_outcome_as_text(true).await;
    let _ = reports_outcome_as_text(false).await;
    let outcomes: Vec<_> = test
        .events_named("Action Invoked")
        .into_iter()
        .map(|event| {
            event
                .property("outcome")
                .unwrap()
                .as_str()
                .unwrap()
                .to_owned()
        })
        .collect();
    assert_eq!(outcomes, ["error", "ok", "sold out", "fine"]);
}
