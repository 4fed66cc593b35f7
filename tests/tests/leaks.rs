//! What the content policy hides leaves by no way: neither request, spool, dead letter, hook,
//! client, JSON line, log line, error nor `Debug`. One test for the process, since logs are kept
//! for all of it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on panics"
)]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use copilot_track::segment::message::{Alias, BatchMessage, Group, Page, Screen, Track};
use copilot_track::segment::{self, Client, Message};
use copilot_track::spec::{FeedbackSubmitted, MessageReceived, MessageSent};
use copilot_track::{
    Builder, Consent, Content, Conversation, CustomEvent, Pattern, TrackEvent, Tracker,
    tracked_media, tracked_message, tracked_reply, tracked_tool,
};
use copilot_track_tests::{
    Behavior, FaultPlan, FaultServer, TEST_TIMEOUT, block_on, capture_logs, captured_logs,
    flush_until_complete, numbered_event, test_user, tracker_builder,
};
use futures_util::{Stream, StreamExt as _, stream};
use serde::{Serialize, Serializer};
use serde_json::{Map, Value, json};

/// Set for the process in which the environment alone hides.
const CHILD: &str = "COPILOT_TRACK_TEST_LEAKS";
/// What all secrets end in. They are e-mail addresses, so that masking is about them too.
const MARK: &str = "@secret.example";

/// Hands out secrets, each of its own, and remembers where each was said.
#[derive(Default)]
struct Secrets(Vec<(&'static str, String)>);

impl Secrets {
    fn said(&mut self, place: &'static str) -> String {
        let secret = format!("n{}x{MARK}", 1000 + self.0.len());
        self.0.push((place, secret.clone()));
        format!("I am {secret}, you know")
    }

    /// A secret that is seen nowhere even if nothing is hidden: it stands in an event that is not
    /// sent.
    fn unsent(&mut self) -> String {
        let text = self.said("");
        self.0.pop();
        text.replace('n', "u")
    }
}

/// An error that quotes what it was given, as errors do.
struct Quoting(String);

impl Serialize for Quoting {
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
    details: Quoting,
}

#[tracked_message(body = question)]
async fn ask(question: &str) -> usize {
    question.len()
}

#[tracked_reply]
async fn answer(text: String) -> String {
    // What a tool is given and returns is not captured at all.
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
#[allow(clippy::needless_pass_by_value, reason = "as handlers have it")]
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

/// Says secrets in every way there is. What can be printed on the way goes to `printed`.
fn talk(conversation: &Conversation, secrets: &mut Secrets, printed: &mut String) {
    let tracker = conversation.tracker().clone();
    let turn = conversation.turn(secrets.said("turn"));
    turn.message_received(secrets.said("turn.message_received"));
    conversation.message_sent(secrets.said("message_sent"));
    conversation.message_received(secrets.said("message_received"));
    let sent = MessageSent::new(secrets.said("the struct Message Sent"));
    let received = MessageReceived::new(secrets.said("the struct Message Received"));
    write!(printed, "{sent:?} {received:?}").unwrap();
    let received = received.timestamp(std::time::SystemTime::now());
    write!(printed, "{received:?}").unwrap();
    conversation.track(sent);
    turn.track(received);

    let custom = |name: &'static str| CustomEvent::new(name).unwrap();
    for (place, value) in [
        ("a text", json!(secrets.said("a custom event"))),
        ("a list", json!([1, [secrets.said("a list")]])),
        ("an object", json!({"a": {"b": secrets.said("an object")}})),
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
        custom("Outside").property("message_body", secrets.said("outside")),
    );
    tracker.track(
        &test_user(),
        MessageSent::new(secrets.said("a message outside")),
    );
    let rating = FeedbackSubmitted::new(5).property("message_body", secrets.said("feedback"));
    conversation.track(rating);
    let rest = BTreeMap::from([("message_body".to_owned(), secrets.said("a flattened map"))]);
    let inner = BTreeMap::from([("a".to_owned(), secrets.said("nested"))]);
    turn.track(SupportRequested {
        details: secrets.said("a derived event"),
        renamed: Some(secrets.said("a renamed field")),
        list: vec![secrets.said("a list of texts")],
        nested: Nested { inner: vec![inner] },
        rest,
    });

    // Cut, or not sent at all.
    let long = secrets.said("a text that is cut");
    conversation.message_sent(format!("{long} {}", long.repeat(1_100)));
    let many = vec![secrets.unsent(); 2_000];
    conversation.track(custom("Too Large").property("message_body", many));
    conversation.track(Broken {
        details: Quoting(secrets.unsent()),
    });
    conversation.track(custom("Broken").property("message_body", Quoting(secrets.unsent())));
    conversation.identify_with(test_user(), &Quoting(secrets.unsent()));
    tracker.identify_with(
        &test_user(),
        &BTreeMap::from([("a", Quoting(secrets.unsent()))]),
    );

    block_on(turn.run(ask(&secrets.said("tracked_message"))));
    block_on(turn.run(answer(secrets.said("tracked_reply"))));
    let _ = turn.in_scope(|| fallible(secrets.said("tracked_reply with a Result")));
    for (place, fails) in [("a stream", false), ("a stream that fails", true)] {
        let stream = turn.in_scope(|| streamed(secrets.said(place), fails));
        block_on(stream.for_each(|_| std::future::ready(())));
    }
    let mut dropped =
        Box::pin(turn.in_scope(|| streamed(secrets.said("a stream that is dropped"), false)));
    // Two halves, and so all of the secret, are seen.
    block_on(async {
        dropped.next().await;
        dropped.next().await;
    });
    drop(dropped);
    send(&tracker, secrets);
    write!(
        printed,
        "{tracker:?} {conversation:?} {turn:?} {:?} {}",
        conversation.state(),
        serde_json::to_string(&conversation.state()).unwrap(),
    )
    .unwrap();
}

/// The `segment` crate's own messages.
fn send(tracker: &Tracker, secrets: &mut Secrets) {
    let user = || segment::message::User::UserId {
        user_id: "123".into(),
    };
    let said = |text: String| json!({ "message_body": text });
    let extra = |text: String| Map::from_iter([("properties".to_owned(), said(text))]);
    let messages: [BatchMessage; 5] = [
        Track {
            user: user(),
            event: "Message Sent".into(),
            properties: said(secrets.said("send: track")),
            ..Default::default()
        }
        .into(),
        Page {
            user: user(),
            properties: said(secrets.said("send: page")),
            ..Default::default()
        }
        .into(),
        Screen {
            user: user(),
            properties: said(secrets.said("send: screen")),
            ..Default::default()
        }
        .into(),
        Group {
            user: user(),
            group_id: "g".into(),
            extra: extra(secrets.said("send: group")),
            ..Default::default()
        }
        .into(),
        Alias {
            user: user(),
            previous_id: "p".into(),
            extra: extra(secrets.said("send: alias")),
            ..Default::default()
        }
        .into(),
    ];
    for message in messages {
        tracker.send(message);
    }
}

/// A writer, and a client, that keep what they get.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<String>>);

impl Kept {
    fn add(&self, text: &str) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.push_str(text);
    }

    fn take(&self) -> String {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.add(&String::from_utf8_lossy(bytes));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[async_trait::async_trait]
impl Client for Kept {
    async fn send(&self, _: String, message: Message) -> segment::Result<()> {
        self.add(&format!("{message:?} {}", serde_json::to_string(&message)?));
        Ok(())
    }
}

/// All files below a directory.
fn files(directory: &Path) -> String {
    let entries = fs::read_dir(directory).into_iter().flatten();
    entries
        .map(|entry| entry.unwrap().path())
        .map(|path| String::from_utf8_lossy(&fs::read(path).unwrap_or_default()).into_owned())
        .collect()
}

/// A way out of the process: how it is configured, and what of it can be seen.
struct Way {
    name: &'static str,
    builder: Builder,
    seen: Box<dyn Fn() -> String>,
}

fn ways(directory: &Path) -> Vec<Way> {
    let mut ways = Vec::new();
    let bodies = |server: &FaultServer| -> String {
        let log = server.log();
        let text = |request: &copilot_track_tests::RecordedRequest| format!("{request:?}");
        log.requests.iter().map(text).collect()
    };
    for (name, behaviour) in [
        ("requests", Behavior::ok()),
        ("dead letters", Behavior::status(400)),
        ("failing", Behavior::status(500)),
    ] {
        let server = FaultServer::start(FaultPlan::always(behaviour));
        let letters = directory.join(name).join("letters.jsonl");
        ways.push(Way {
            name,
            builder: tracker_builder(&server.url())
                .dead_letters(&letters)
                .max_retries(2),
            seen: Box::new(move || bodies(&server) + &files(letters.parent().unwrap())),
        });
    }
    let down = FaultServer::reserve().url();
    let spool = directory.join("spool");
    ways.push(Way {
        name: "spool",
        builder: tracker_builder(&down).spool(spool.as_path()),
        seen: Box::new(move || files(&spool)),
    });
    let lines = Kept::default();
    let written = lines.clone();
    ways.push(Way {
        name: "JSON lines",
        builder: Tracker::builder().json_lines(lines),
        seen: Box::new(move || written.take()),
    });
    let client = Kept::default();
    let sent = client.clone();
    ways.push(Way {
        name: "client",
        builder: Tracker::builder().write_key("k").segment_client(client),
        seen: Box::new(move || sent.take()),
    });
    let hook = Kept::default();
    let shown = hook.clone();
    ways.push(Way {
        name: "hook",
        builder: Tracker::builder()
            .json_lines(io::sink())
            .before_send(move |message| {
                hook.add(&format!(
                    "{message:?} {}",
                    serde_json::to_string(&message).unwrap()
                ));
                Some(message)
            }),
        seen: Box::new(move || shown.take()),
    });
    ways
}

fn finish(tracker: &Tracker, name: &str) -> String {
    if name == "spool" {
        assert!(tracker.sync_blocking(TEST_TIMEOUT).complete);
        let report = tracker.shutdown_blocking(Duration::from_millis(1));
        return format!("{report:?} {report}");
    }
    let report = flush_until_complete(tracker);
    format!("{report:?} {report} {:?}", tracker.rejected_by_status())
}

/// What is seen, of a conversation under this policy, by each way.
fn play(
    tracker_policy: Content,
    conversation_policy: Option<Content>,
    check: impl Fn(&str, &Secrets, &str),
) {
    let directory = tempfile::tempdir().unwrap();
    for way in ways(directory.path()) {
        let pattern = Pattern::new("C-[0-9]{4}").unwrap();
        let tracker = way
            .builder
            .content(tracker_policy)
            .mask(pattern)
            .flush_interval(Duration::from_millis(5))
            .build()
            .unwrap();
        let conversation = tracker.conversation(test_user());
        if let Some(policy) = conversation_policy {
            conversation.set_content(policy);
        }
        let (mut secrets, mut printed) = (Secrets::default(), String::new());
        talk(&conversation, &mut secrets, &mut printed);
        printed += &finish(&tracker, way.name);
        // What comes too late is counted, and no more.
        conversation.message_sent(secrets.unsent());
        drop((conversation, tracker));
        for text in [&printed, &captured_logs().join("\n")] {
            assert!(
                tracker_policy == Content::Full || !text.contains(MARK),
                "printed or logged: {text}"
            );
        }
        assert!(!printed.contains(MARK), "{}: {printed}", way.name);
        check(way.name, &secrets, &(way.seen)());
    }
}

#[track_caller]
fn assert_nothing(way: &str, policy: &str, seen: &str) {
    assert!(seen.contains("Conversation Started"), "{way} was seen");
    let at = seen.find(MARK);
    let around = at.map(|at| seen[..at].chars().rev().take(300).collect::<String>());
    let around = around.map(|text| text.chars().rev().collect::<String>());
    assert_eq!(around, None, "{way}, {policy}");
}

/// Outside of conversations their own policy has no say.
const OUTSIDE: [&str; 7] = [
    "outside",
    "a message outside",
    "send: track",
    "send: page",
    "send: screen",
    "send: group",
    "send: alias",
];

#[test]
fn nothing_leaks_by_any_way() {
    capture_logs();
    if std::env::var_os(CHILD).is_some() {
        // The code says `Full`, and so does the conversation.
        play(Content::Full, Some(Content::Full), |way, _, seen| {
            assert_nothing(way, "by the environment", seen);
        });
        assert!(!captured_logs().join("\n").contains(MARK));
        return;
    }
    for policy in [Content::Masked, Content::Hidden] {
        play(policy, None, |way, _, seen| {
            assert_nothing(way, &policy.to_string(), seen);
        });
        play(policy, Some(Content::Full), |way, _, seen| {
            assert_nothing(way, "the tracker is stricter", seen);
        });
    }
    assert!(!captured_logs().join("\n").contains(MARK));
    for (number, policy) in [("", Content::Masked), ("", Content::Hidden)] {
        play(Content::Full, Some(policy), |way, secrets, seen| {
            for (place, secret) in &secrets.0 {
                let outside = OUTSIDE.contains(place);
                assert_eq!(seen.contains(secret), outside, "{way}: {place} {number}");
            }
        });
    }
    // All of it shows where nothing is hidden: else the above proves nothing.
    play(Content::Full, None, |way, secrets, seen| {
        for (place, secret) in &secrets.0 {
            assert!(seen.contains(secret), "{way}: {place}");
        }
    });
}

#[test]
fn the_environment_makes_every_tracker_tell_less() {
    for policy in ["hidden", "Masked "] {
        let output = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "nothing_leaks_by_any_way"])
            .env(CHILD, "1")
            .env("COPILOT_TRACK_CONTENT", policy)
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{policy}: {told}");
        assert!(told.contains("1 passed"), "{told}");
    }
}

#[test]
fn a_policy_that_changes_in_mid_conversation_holds_for_what_comes() {
    let directory = tempfile::tempdir().unwrap();
    for way in ways(directory.path()) {
        let builder = way.builder.flush_interval(Duration::from_millis(5));
        let tracker = builder.build().unwrap();
        let conversation = tracker.conversation(test_user());
        let mut said = Vec::new();
        let mut say = |conversation: &Conversation, shows: bool| {
            let secret = format!("c{}x{MARK}", said.len());
            conversation.message_sent(secret.clone());
            said.push((secret, shows));
        };
        say(&conversation, true);
        conversation.set_consent(Consent::new().category("Analytics", false));
        conversation.set_content(Content::Hidden);
        say(&conversation, false);
        let clone = conversation.clone();
        clone.set_content(Content::Masked);
        say(&conversation, false);
        let state = serde_json::to_string(&conversation.state()).unwrap();
        let resumed = tracker.resume(serde_json::from_str(&state).unwrap());
        say(&resumed, false);
        resumed.set_content(Content::Full);
        say(&resumed, true);
        // The other handle is the process's that went on before.
        say(&conversation, false);
        tracker.track(&test_user(), numbered_event(1));
        let _ = finish(&tracker, way.name);
        drop((conversation, clone, resumed, tracker));
        let seen = (way.seen)();
        for (secret, shows) in &said {
            assert_eq!(seen.contains(secret), *shows, "{}: {secret}", way.name);
        }
        assert!(seen.contains("categoryPreferences"), "{}", way.name);
        let consent = json!({"categoryPreferences": {"Analytics": false}});
        let stamped = |event: &Value| event["context"]["consent"] == consent;
        if way.name == "JSON lines" {
            let events: Vec<Value> = seen
                .lines()
                .map(|line| serde_json::from_str(line).unwrap())
                .collect();
            // All but Conversation Started, the first message, and what is outside.
            assert_eq!(events.iter().filter(|e| stamped(e)).count(), 5, "{seen}");
        }
    }
}
