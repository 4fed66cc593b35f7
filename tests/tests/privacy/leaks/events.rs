//! A conversation that sends secrets through every API.

#![allow(
    clippy::unused_async,
    reason = "the tests also cover async functions without `await`"
)]

use std::collections::BTreeMap;
use std::fmt::Write as _;

use copilot_track::segment;
use copilot_track::segment::message::{Alias, BatchMessage, Group, Page, Screen, Track};
use copilot_track::spec::{FeedbackSubmitted, MessageReceived, MessageSent};
use copilot_track::{
    Conversation, CustomEvent, TrackEvent, Tracker, tracked_media, tracked_message, tracked_reply,
    tracked_tool,
};
use copilot_track_tests::{block_on, test_user};
use futures_util::{Stream, StreamExt as _, stream};
use serde::{Serialize, Serializer};
use serde_json::{Map, json};

use super::secrets::Secrets;

/// A value that fails to serialize, with an error that quotes it.
struct FailsToSerialize(String);

impl Serialize for FailsToSerialize {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(serde::ser::Error::custom(&self.0))
    }
}

#[derive(Serialize)]
struct Nested {
    inner: Vec<BTreeMap<String, String>>,
}

#[derive(TrackEvent)]
struct SupportRequested {
    #[track(content)]
    details: String,
    #[track(content, rename = "elsewhere")]
    renamed: Option<String>,
    #[track(content)]
    list: Vec<String>,
    #[track(content)]
    nested: Nested,
    #[track(flatten)]
    rest: BTreeMap<String, String>,
}

#[derive(TrackEvent)]
struct Broken {
    #[track(content)]
    details: FailsToSerialize,
}

#[tracked_message(body = question)]
async fn ask(question: &str) -> usize {
    question.len()
}

#[tracked_reply]
async fn answer(text: String) -> String {
    // Arguments and results of tools are not captured.
    let _ = lookup(&text);
    let _ = chart(&text);
    text
}

#[tracked_reply]
fn fallible(text: String) -> Result<String, String> {
    Ok(text)
}

#[tracked_tool(type = "Lookup", record(duration, outcome))]
fn lookup(text: &str) -> Result<usize, String> {
    Err(text.to_owned())
}

#[tracked_media(type = "image", sub_type = "png")]
fn chart(text: &str) -> Vec<u8> {
    text.as_bytes().to_vec()
}

#[tracked_reply]
#[allow(clippy::needless_pass_by_value, reason = "typical of handlers")]
fn streamed(text: String, fails: bool) -> impl Stream<Item = Result<String, String>> {
    let mut first = text;
    let second = first.split_off(first.len() / 2);
    let end = if fails {
        Err(format!("{first}{second}"))
    } else {
        Ok(".".to_owned())
    };
    stream::iter([Ok(first), Ok(second), end])
}

/// Sends secrets through every API. Appends the `Debug` output of all values to `printed`.
pub(super) fn send_all(conversation: &Conversation, secrets: &mut Secrets, printed: &mut String) {
    let tracker = conversation.tracker().clone();
    let turn = conversation.turn(secrets.new_text("turn"));
    turn.message_received(secrets.new_text("turn.message_received"));
    conversation.message_sent(secrets.new_text("message_sent"));
    conversation.message_received(secrets.new_text("message_received"));
    let sent = MessageSent::new(secrets.new_text("the struct Message Sent"));
    let received = MessageReceived::new(secrets.new_text("the struct Message Received"));
    write!(printed, "{sent:?} {received:?}").unwrap();
    let received = received.timestamp(std::time::SystemTime::now());
    write!(printed, "{received:?}").unwrap();
    conversation.track(sent);
    turn.track(received);

    let custom = |name: &'static str| CustomEvent::new(name).unwrap();
    for (place, value) in [
        ("a string", json!(secrets.new_text("a custom event"))),
        ("a list", json!([1, [secrets.new_text("a list")]])),
        (
            "an object",
            json!({"a": {"b": secrets.new_text("an object")}}),
        ),
    ] {
        let event = custom("Message Sent").property("message_body", &value);
        write!(
            printed,
            "{place} {event:?} {:?}",
            event.clone().into_event()
        )
        .unwrap();
        conversation.track(event);
    }
    tracker.track(
        &test_user(),
        custom("Outside").property("message_body", secrets.new_text("outside")),
    );
    tracker.track(
        &test_user(),
        MessageSent::new(secrets.new_text("a message outside")),
    );
    let rating = FeedbackSubmitted::new(5).property("message_body", secrets.new_text("feedback"));
    conversation.track(rating);
    let rest = BTreeMap::from([(
        "message_body".to_owned(),
        secrets.new_text("a flattened map"),
    )]);
    let inner = BTreeMap::from([("a".to_owned(), secrets.new_text("nested"))]);
    turn.track(SupportRequested {
        details: secrets.new_text("a derived event"),
        renamed: Some(secrets.new_text("a renamed field")),
        list: vec![secrets.new_text("a list of strings")],
        nested: Nested { inner: vec![inner] },
        rest,
    });

    // Events that are truncated or dropped.
    let long = secrets.new_text("a truncated string");
    conversation.message_sent(format!("{long} {}", long.repeat(1_100)));
    let many = vec![secrets.new_unsent_text(); 2_000];
    conversation.track(custom("Too Large").property("message_body", many));
    conversation.track(Broken {
        details: FailsToSerialize(secrets.new_unsent_text()),
    });
    conversation.track(
        custom("Broken").property("message_body", FailsToSerialize(secrets.new_unsent_text())),
    );
    conversation.identify_with(&test_user(), &FailsToSerialize(secrets.new_unsent_text()));
    tracker.identify_with(
        &test_user(),
        &BTreeMap::from([("a", FailsToSerialize(secrets.new_unsent_text()))]),
    );

    block_on(turn.run(ask(&secrets.new_text("tracked_message"))));
    block_on(turn.run(answer(secrets.new_text("tracked_reply"))));
    let _ = turn.in_scope(|| fallible(secrets.new_text("tracked_reply with a Result")));
    for (place, fails) in [("a stream", false), ("a stream that fails", true)] {
        let stream = turn.in_scope(|| streamed(secrets.new_text(place), fails));
        block_on(stream.for_each(|_| std::future::ready(())));
    }
    let mut dropped =
        Box::pin(turn.in_scope(|| streamed(secrets.new_text("a stream that is dropped"), false)));
    // The secret is split between the first two items, so both must be streamed.
    block_on(async {
        dropped.next().await;
        dropped.next().await;
    });
    drop(dropped);
    send_segment_messages(&tracker, secrets);
    write!(
        printed,
        "{tracker:?} {conversation:?} {turn:?} {:?} {}",
        conversation.state(),
        serde_json::to_string(&conversation.state()).unwrap(),
    )
    .unwrap();
}

/// Sends the message types of the `segment` crate.
fn send_segment_messages(tracker: &Tracker, secrets: &mut Secrets) {
    let user = || segment::message::User::UserId {
        user_id: "123".into(),
    };
    let body = |text: String| json!({ "message_body": text });
    let extra = |text: String| Map::from_iter([("properties".to_owned(), body(text))]);
    let messages: [BatchMessage; 5] = [
        Track {
            user: user(),
            event: "Message Sent".into(),
            properties: body(secrets.new_text("send: track")),
            ..Default::default()
        }
        .into(),
        Page {
            user: user(),
            properties: body(secrets.new_text("send: page")),
            ..Default::default()
        }
        .into(),
        Screen {
            user: user(),
            properties: body(secrets.new_text("send: screen")),
            ..Default::default()
        }
        .into(),
        Group {
            user: user(),
            group_id: "g".into(),
            extra: extra(secrets.new_text("send: group")),
            ..Default::default()
        }
        .into(),
        Alias {
            user: user(),
            previous_id: "p".into(),
            extra: extra(secrets.new_text("send: alias")),
            ..Default::default()
        }
        .into(),
    ];
    for message in messages {
        tracker.send(message);
    }
}
