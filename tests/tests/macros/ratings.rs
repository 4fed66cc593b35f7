//! `Turn::rate` selects the message that the customer saw.

use copilot_track::spec::MessageReceived;
use copilot_track::testing::TestTracker;
use copilot_track::{TrackEvent as _, Turn, tracked_reply};
use futures_util::{Stream, StreamExt as _, stream};

#[derive(Debug, PartialEq)]
struct Broken;

#[derive(Clone, Copy)]
enum Way {
    Whole,
    Empty,
    Error,
    Panic,
    Hang,
}

#[tracked_reply]
async fn sub_agent() -> String {
    tokio::task::yield_now().await;
    "3 left".to_owned()
}

#[tracked_reply]
async fn agent(way: Way) -> Result<String, Broken> {
    let found = sub_agent().await;
    match way {
        Way::Whole => Ok(format!("Yes, {found}")),
        Way::Empty => Ok(String::new()),
        Way::Error => Err(Broken),
        Way::Panic => panic!("a panic in the function"),
        Way::Hang => std::future::pending().await,
    }
}

#[tracked_reply]
fn sync_agent() -> Option<&'static str> {
    sync_sub_agent().map(|_| "Yes")
}

#[tracked_reply]
fn sync_sub_agent() -> Option<&'static str> {
    Some("3 left")
}

#[tracked_reply]
fn streaming(
    items: Vec<Result<&'static str, Broken>>,
) -> impl Stream<Item = Result<String, Broken>> {
    stream::iter(items)
        .chain(stream::once(async {
            let _ = sub_agent().await;
            Ok("")
        }))
        .map(|item| item.map(str::to_owned))
}

/// Rates the turn, and returns the id of the rated message.
fn rated(test: &TestTracker, turn: &Turn) -> String {
    test.clear();
    turn.rate(5);
    let feedback = test.event("Feedback Submitted");
    feedback.message_id().unwrap().to_owned()
}

fn id_of(test: &TestTracker, body: &str) -> String {
    let events = test.events_named("Message Received");
    let event = events
        .iter()
        .find(|event| event.property("message_body").unwrap() == body);
    event.unwrap().message_id().unwrap().to_owned()
}

#[tokio::test]
async fn the_outer_reply_is_rated() {
    let test = TestTracker::new();
    let turn = test.conversation().turn("Is it?");
    assert!(turn.run(agent(Way::Whole)).await.is_ok());
    let outer = id_of(&test, "Yes, 3 left");
    assert_ne!(outer, id_of(&test, "3 left"));
    assert_eq!(turn.reply_id().unwrap().as_str(), outer);
    assert_eq!(rated(&test, &turn), outer);

    let turn = test.conversation().turn("Is it?");
    turn.in_scope(sync_agent);
    let outer = id_of(&test, "Yes");
    assert_eq!(rated(&test, &turn), outer);

    let turn = test.conversation().turn("Is it?");
    turn.run(streaming(vec![Ok("Yes, a few")]).count()).await;
    let outer = id_of(&test, "Yes, a few");
    assert_eq!(rated(&test, &turn), outer);
}

#[tokio::test]
async fn the_outer_reply_is_rated_while_it_runs() {
    let test = TestTracker::new();
    let turn = test.conversation().turn("Is it?");
    let mut running = Box::pin(turn.run(agent(Way::Hang)));
    let inner = async {
        while test.events_named("Message Received").is_empty() {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        _ = &mut running => unreachable!(),
        () = inner => {}
    }
    let outer = turn.reply_id().unwrap();
    assert_ne!(outer.as_str(), id_of(&test, "3 left"));
    assert_eq!(rated(&test, &turn), outer.as_str());
    drop(running);
    assert_eq!(rated(&test, &turn), turn.message_id().as_str());
}

#[tracked_reply(conversation = turn)]
async fn agent_in_a_task(turn: Turn) -> String {
    "3 left".to_owned()
}

#[tracked_reply]
async fn agent_with_a_task(turn: Turn) -> String {
    // The task has no current turn, so the library cannot know that the task's reply runs inside
    // another reply.
    tokio::spawn(agent_in_a_task(turn)).await.unwrap() + ", yes"
}

#[tokio::test]
async fn the_outer_reply_is_rated_if_the_inner_one_runs_in_a_task() {
    let test = TestTracker::new();
    let turn = test.conversation().turn("Is it?");
    turn.run(agent_with_a_task(turn.clone())).await;
    let outer = id_of(&test, "3 left, yes");
    assert_eq!(rated(&test, &turn), outer);
}

#[tokio::test]
async fn without_a_reply_that_was_sent_the_message_of_the_customer_is_rated() {
    for way in [Way::Empty, Way::Error, Way::Panic, Way::Hang] {
        let test = TestTracker::new();
        let turn = test.conversation().turn("Is it?");
        let call = tokio::spawn(turn.run(agent(way)));
        if matches!(way, Way::Hang) {
            while test.events_named("Message Received").is_empty() {
                tokio::task::yield_now().await;
            }
            call.abort();
        }
        let _ = call.await;
        // The sub-agent's reply was sent, but the customer did not see it.
        assert_eq!(test.events_named("Message Received").len(), 1);
        assert!(turn.reply_id().is_some(), "the id was known early");
        assert_eq!(rated(&test, &turn), turn.message_id().as_str());
    }
}

#[tokio::test]
async fn a_stream_is_rated_once_it_is_polled_unless_it_has_no_text() {
    let test = TestTracker::new();
    let turn = test.conversation().turn("Is it?");
    let unpolled = turn.in_scope(|| streaming(vec![Ok("Yes")]));
    assert!(turn.reply_id().is_some());
    assert_eq!(rated(&test, &turn), turn.message_id().as_str());
    drop(unpolled);
    assert_eq!(rated(&test, &turn), turn.message_id().as_str());

    let mut polled = Box::pin(turn.in_scope(|| streaming(vec![Ok("Yes"), Ok(", 3")])));
    assert!(polled.next().await.is_some());
    let reply = turn.reply_id().unwrap();
    assert_eq!(rated(&test, &turn), reply.as_str());
    drop(polled);
    assert_eq!(id_of(&test, "Yes"), reply.as_str());
    assert_eq!(rated(&test, &turn), reply.as_str());

    let turn = test.conversation().turn("Is it?");
    let mut failing = Box::pin(turn.in_scope(|| streaming(vec![Err(Broken)])));
    assert_eq!(failing.next().await, Some(Err(Broken)));
    drop(failing);
    assert_eq!(rated(&test, &turn), turn.message_id().as_str());
}

#[tokio::test]
async fn a_failed_attempt_does_not_hide_the_reply_before_it() {
    let test = TestTracker::new();
    let turn = test.conversation().turn("Is it?");
    assert!(turn.run(agent(Way::Whole)).await.is_ok());
    let first = turn.reply_id().unwrap();
    for _ in 0..2 {
        assert!(turn.run(agent(Way::Error)).await.is_err());
        assert_eq!(rated(&test, &turn), first.as_str());
    }
    assert!(turn.run(agent(Way::Whole)).await.is_ok());
    assert_ne!(turn.reply_id().unwrap(), first);
    assert_eq!(rated(&test, &turn), turn.reply_id().unwrap().as_str());
}

#[test]
fn a_reply_without_an_attribute_is_rated() {
    let test = TestTracker::new();
    let turn = test.conversation().turn("Is it?");
    turn.message_received("");
    assert_eq!(rated(&test, &turn), turn.message_id().as_str());
    let id = turn.message_received("Yes");
    assert_eq!(rated(&test, &turn), id.as_str());
    turn.track(MessageReceived::new("No").message_id("m3"));
    assert_eq!(rated(&test, &turn), "m3");
    assert_eq!(turn.reply_id().unwrap().as_str(), "m3");
}
