//! Several attributes on functions whose parameters are patterns. Every attribute may use the
//! variables of the patterns.

use copilot_track::testing::TestTracker;
use copilot_track::{Conversation, tracked_message, tracked_reply, tracked_tool};

struct Extension<T>(T);

struct Json<T>(T);

struct Request {
    id: u32,
    text: String,
}

fn request(text: &str) -> Json<Request> {
    let text = text.to_owned();
    Json(Request { id: 7, text })
}

#[tracked_message(body = request.text, conversation = conversation)]
#[tracked_reply]
async fn chat(
    Extension(conversation): Extension<Conversation>,
    Json(request): Json<Request>,
) -> String {
    tokio::task::yield_now().await;
    drop(conversation);
    request.text
}

#[tracked_message(body = text)]
#[tracked_tool(type = "Parse", record(outcome), properties(id))]
fn parse(Json(Request { id, mut text }): Json<Request>) -> Result<u32, std::num::ParseIntError> {
    text.push('0');
    let number: u32 = text.parse()?;
    Ok(number + id)
}

#[tracked_message(body = text)]
#[tracked_tool(type = "Parse", record(outcome))]
#[track_caller]
fn parse_in_place((text, _): (String, u8)) -> Result<u32, std::num::ParseIntError> {
    let number = text.parse()?;
    Ok(number)
}

#[tracked_tool(type = "Parse", record(outcome))]
#[tracing::instrument(skip(request), fields(id = request.id))]
fn parse_in_a_span(Json(request): Json<Request>) -> Result<u32, std::num::ParseIntError> {
    let number: u32 = request.text.parse()?;
    Ok(number + request.id)
}

#[tracked_reply]
#[tracing::instrument(skip(request), fields(id = request.id))]
async fn reply_in_a_span(Json(request): Json<Request>) -> String {
    tokio::task::yield_now().await;
    request.text
}

#[tokio::test]
async fn a_message_above_a_reply_uses_the_variables() {
    let test = TestTracker::new();
    let reply = chat(Extension(test.conversation()), request("hi")).await;
    assert_eq!(reply, "hi");
    for name in ["Message Sent", "Message Received"] {
        test.event(name).assert_property("message_body", "hi");
    }
}

#[test]
fn sync_functions_keep_the_variables() {
    let test = TestTracker::new();
    test.conversation().in_scope(|| {
        assert_eq!(parse(request("1")), Ok(17));
        assert!(parse(request("x")).is_err());
        assert_eq!(parse_in_place(("2".to_owned(), 0)), Ok(2));
        assert_eq!(parse_in_a_span(request("3")), Ok(10));
    });
    let events = test.events_named("Action Invoked");
    let outcome = |event: &copilot_track::testing::CapturedEvent| {
        event
            .property("outcome")
            .unwrap()
            .as_str()
            .unwrap()
            .to_owned()
    };
    let outcomes: Vec<_> = events.iter().map(outcome).collect();
    assert_eq!(outcomes, ["ok", "error", "ok", "ok"]);
    let messages = test.events_named("Message Sent");
    let body = |event: &copilot_track::testing::CapturedEvent| {
        event
            .property("message_body")
            .unwrap()
            .as_str()
            .unwrap()
            .to_owned()
    };
    let bodies: Vec<_> = messages.iter().map(body).collect();
    assert_eq!(bodies, ["1", "x", "2"]);
}

#[tokio::test]
async fn tracing_below_a_reply_uses_the_variables() {
    let test = TestTracker::new();
    let turn = test.conversation().turn("Is it?");
    assert_eq!(turn.run(reply_in_a_span(request("yes"))).await, "yes");
    test.event("Message Received")
        .assert_property("message_body", "yes");
}
