//! Testing that your copilot is tracked as you mean it to be: no network, no mocks, in parallel.
//!
//! `cargo test -p copilot-track-examples --example test_kit` runs the tests below;
//! `cargo run -p copilot-track-examples --example test_kit` prints what a snapshot looks like.

use copilot_track::{testing::TestTracker, tracked_reply, tracked_tool};

#[tracked_tool(type = "Inventory Request", action = "check stock level")]
fn stock_level(sku: &str) -> Option<u32> {
    (sku == "widget").then_some(37)
}

#[tracked_reply]
async fn answer(sku: &str) -> String {
    tokio::task::yield_now().await;
    match stock_level(sku) {
        Some(left) => format!("{left} are left."),
        None => "We don't have that.".to_owned(),
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    // Ids count up, and so does the clock: the same test gives the same events, to the byte.
    let test = TestTracker::fixed();
    let turn = test.conversation().turn("Is the widget in stock?");
    turn.run(answer("widget")).await;
    println!("{}", test.snapshot());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_question_about_stock_uses_the_inventory() {
        let test = TestTracker::new();
        let conversation = test.conversation();

        let turn = conversation.turn("Is the widget in stock?");
        let reply = turn.run(answer("widget")).await;

        assert_eq!(reply, "37 are left.");
        test.assert_names(&[
            "Conversation Started",
            "Message Sent",
            "Action Invoked",
            "Message Received",
        ]);
        let received = test.event("Message Received");
        received.assert_property("message_body", "37 are left.");
        // The tool's call hangs on the answer that it served.
        let invoked = test.event("Action Invoked");
        assert_eq!(invoked.message_id(), received.message_id());
    }

    #[tokio::test]
    async fn outside_of_a_conversation_nothing_is_tracked() {
        let test = TestTracker::new();
        assert_eq!(answer("gadget").await, "We don't have that.");
        test.assert_silent();
    }
}
