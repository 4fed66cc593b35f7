//! What the content policy hides leaves by no way: neither request, spool, dead letter, hook,
//! client, JSON line, log line, error nor `Debug`.

mod outputs;
mod secrets;
mod talk;

use std::process::Command;
use std::time::Duration;

use copilot_track::{Consent, Content, Conversation, Pattern};
use copilot_track_tests::{capture_logs, captured_logs, numbered_event, test_user};
use serde_json::{Value, json};

use self::outputs::{finish, ways};
use self::secrets::{MARK, Secrets};
use self::talk::talk;

/// Set for the process in which the environment alone hides.
const CHILD: &str = "COPILOT_TRACK_TEST_LEAKS";

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
fn hidden_content_appears_in_no_output() {
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
fn the_environment_makes_every_tracker_stricter() {
    for policy in ["hidden", "Masked "] {
        let output = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "leaks::hidden_content_appears_in_no_output"])
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
fn a_policy_change_applies_to_later_events() {
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
