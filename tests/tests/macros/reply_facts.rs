//! Facts about a reply that become known while it runs: `Reply::current()` and `PendingReply`.

use copilot_track::testing::{CapturedEvent, TestTracker};
use copilot_track::{
    InCurrentTurn as _, MessageId, PendingReply, Reply, Tracker, Turn, Usage, User, tracked_reply,
    tracked_tool,
};
use futures_util::{Stream, StreamExt as _, stream};
use serde_json::{Value, json};

/// The properties that are not the spec's.
fn facts(event: &CapturedEvent) -> Value {
    let spec = ["conversationId", "messageId", "message_body", "role"];
    let properties = event.properties().into_iter();
    properties
        .filter(|(name, _)| !spec.contains(name))
        .map(|(name, value)| (name.to_owned(), value.clone()))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

fn received(test: &TestTracker) -> CapturedEvent {
    test.event("Message Received")
}

#[tracked_tool(type = "Model Call")]
fn call_model(tokens: u64) -> u64 {
    Reply::current().add_usage(Usage::new().model("m-2").input_tokens(tokens));
    tokens
}

#[tracked_reply(properties(temperature = 0.1, seed = 7))]
async fn answer() -> Result<String, String> {
    Reply::current().set_property("temperature", 0.5);
    call_model(10);
    tokio::task::yield_now().await;
    call_model(5);
    let spawned = async { Reply::current().set_property("spawned", true) };
    tokio::spawn(spawned.in_current_turn()).await.unwrap();
    Ok("Three are left".to_owned())
}

#[tokio::test]
async fn facts_are_sent_with_the_reply() {
    let test = TestTracker::new();
    let turn = test.conversation().turn("How many are left?");
    turn.run(answer()).await.unwrap();
    assert_eq!(
        facts(&received(&test)),
        json!({
            "temperature": 0.5, "seed": 7, "spawned": true, "model": "m-2", "input_tokens": 15,
        })
    );
}

#[tracked_reply]
fn sync_answer() -> String {
    let reply = Reply::current();
    assert_eq!(reply.id(), MessageId::current());
    reply.set_property("model", "mine");
    reply.add_usage(Usage::new().model("m-2").output_tokens(3));
    "Three".to_owned()
}

#[test]
fn a_property_wins_over_the_usage() {
    let test = TestTracker::new();
    test.conversation().turn("How many?").in_scope(sync_answer);
    let expected = json!({ "model": "mine", "output_tokens": 3 });
    assert_eq!(facts(&received(&test)), expected);
}

#[tracked_reply]
fn words(reports: bool) -> impl Stream<Item = &'static str> {
    stream::iter(["Three ", "are ", "left"]).inspect(move |word| {
        if reports && *word == "left" {
            Reply::current().add_usage(Usage::new().output_tokens(3));
        }
    })
}

#[tokio::test]
async fn a_stream_sends_the_usage_that_it_reported() {
    let test = TestTracker::new();
    let turn = test.conversation().turn("How many?");
    turn.in_scope(|| words(true)).for_each(async |_| {}).await;
    assert_eq!(facts(&received(&test)), json!({ "output_tokens": 3 }));

    test.clear();
    let mut cut = Box::pin(turn.in_scope(|| words(true)));
    cut.next().await;
    drop(cut);
    assert_eq!(
        facts(&received(&test)),
        json!({ "completion": "cancelled" })
    );
}

#[tokio::test]
async fn calls_outside_a_reply_do_nothing_and_are_counted() {
    let test = TestTracker::new();
    let turn = test.conversation().turn("How many?");
    let before = test.ledger().outside_reply;
    Reply::current().set_property("a", 1);
    turn.in_scope(|| Reply::current().add_usage(Usage::new().input_tokens(1)));
    assert_eq!(Reply::current().id(), None);

    // After the message was sent.
    let reply = turn.start_reply();
    let late = reply.in_scope(Reply::current);
    reply.send("Three");
    late.set_property("late", true);
    assert!(test.ledger().outside_reply >= before + 3);
    assert_eq!(facts(&received(&test)), json!({}));

    // A disabled tracker counts nothing, because nothing would be sent.
    let tracker = Tracker::disabled();
    let turn = tracker
        .conversation(User::known("1").unwrap())
        .turn("Hello");
    turn.in_scope(sync_answer_of_nobody);
}

#[tracked_reply]
fn sync_answer_of_nobody() -> &'static str {
    Reply::current().set_property("a", 1);
    "Nobody hears this"
}

#[tracked_reply]
async fn sub_agent() -> String {
    Reply::current().set_property("agent", "inner");
    "inner".to_owned()
}

#[tracked_reply]
async fn agent() -> String {
    sub_agent().await;
    Reply::current().set_property("agent", "outer");
    "outer".to_owned()
}

#[tokio::test]
async fn the_innermost_reply_is_current() {
    let test = TestTracker::new();
    test.conversation().turn("Hello").run(agent()).await;
    let messages = test.events_named("Message Received");
    assert_eq!(messages.len(), 2);
    for message in messages {
        let agent = message.property("agent").cloned().unwrap();
        message.assert_property("message_body", agent);
    }
}

#[tokio::test]
async fn a_pending_reply_is_sent_by_hand() {
    let test = TestTracker::new();
    let turn = test.conversation().turn("How many?");
    let reply: PendingReply = turn.start_reply();
    assert_eq!(turn.reply_id().as_ref(), Some(reply.id()));
    let id = reply.id().clone();
    let answer = reply
        .run(async {
            assert_eq!(Turn::current().unwrap().message_id(), turn.message_id());
            call_model(7);
            "Three"
        })
        .await;
    reply.set_property("temperature", 0.5);
    reply.send(answer);

    let message = received(&test);
    assert_eq!(message.message_id(), Some(id.as_str()));
    assert_eq!(
        facts(&message),
        json!({ "temperature": 0.5, "model": "m-2", "input_tokens": 7 })
    );
    assert_eq!(test.event("Action Invoked").message_id(), Some(id.as_str()));
}

#[test]
fn a_pending_reply_that_fails_sends_nothing() {
    let test = TestTracker::new();
    let turn = test.conversation().turn("How many?");
    let first = turn.start_reply_with_id(MessageId::new("r-1").unwrap());
    first.send("Three");
    for end in [PendingReply::fail, drop, |reply: PendingReply| {
        reply.send("");
    }] {
        let reply = turn.start_reply();
        reply.set_property("a", 1);
        end(reply);
    }
    assert_eq!(test.events_named("Message Received").len(), 1);
    turn.rate(5);
    assert_eq!(test.event("Feedback Submitted").message_id(), Some("r-1"));
}

#[test]
fn a_property_that_cannot_be_serialized_makes_the_message_invalid() {
    let test = TestTracker::new();
    let reply = test.conversation().turn("How many?").start_reply();
    reply.set_property("map", std::collections::HashMap::from([((1, 2), 3)]));
    reply.send("Three");
    assert_eq!(test.events_named("Message Received").len(), 0);
    assert_eq!(test.ledger().dropped.invalid, 1);
}
