use std::process::Command;
use std::time::Duration;

use copilot_track::{Consent, Content, Conversation, Pattern};
use copilot_track_tests::{capture_logs, captured_logs, numbered_event, test_user};
use serde_json::{Value, json};

use super::events::send_all;
use super::outputs::{finish, outputs};
use super::secrets::{SECRET_DOMAIN, Secrets};

/// This variable is set in the child process. In that process, only `COPILOT_TRACK_CONTENT` hides
/// content.
const CHILD_ENV: &str = "COPILOT_TRACK_TEST_LEAKS";

/// Sends all events to each output with these policies, and passes the contents of each output to
/// `check`.
fn check_outputs(
    tracker_policy: Content,
    conversation_policy: Option<Content>,
    check: impl Fn(&str, &Secrets, &str),
) {
    let directory = tempfile::tempdir().unwrap();
    for output in outputs(directory.path()) {
        let pattern = Pattern::new("C-[0-9]{4}").unwrap();
        let tracker = output
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
        send_all(&conversation, &mut secrets, &mut printed);
        printed += &finish(&tracker, output.name);
        // An event after the shutdown is counted but not sent.
        conversation.message_sent(secrets.new_unsent_text());
        drop((conversation, tracker));
        for text in [&printed, &captured_logs().join("\n")] {
            assert!(
                tracker_policy == Content::Full || !text.contains(SECRET_DOMAIN),
                "printed or logged: {text}"
            );
        }
        assert!(
            !printed.contains(SECRET_DOMAIN),
            "{}: {printed}",
            output.name
        );
        check(output.name, &secrets, &(output.contents)());
    }
}

#[track_caller]
fn assert_no_secret(output: &str, policy: &str, contents: &str) {
    assert!(
        contents.contains("Conversation Started"),
        "{output} does not contain the conversation"
    );
    let at = contents.find(SECRET_DOMAIN);
    let around = at.map(|at| contents[..at].chars().rev().take(300).collect::<String>());
    let around = around.map(|text| text.chars().rev().collect::<String>());
    assert_eq!(around, None, "{output}, {policy}");
}

/// The places where secrets are used in events outside conversations. The policy of a conversation
/// does not apply to these events.
const OUTSIDE_CONVERSATIONS: [&str; 7] = [
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
    if std::env::var_os(CHILD_ENV).is_some() {
        // The tracker and the conversation are both set to `Full`.
        check_outputs(Content::Full, Some(Content::Full), |output, _, contents| {
            assert_no_secret(output, "hidden by the environment", contents);
        });
        assert!(!captured_logs().join("\n").contains(SECRET_DOMAIN));
        return;
    }
    for policy in [Content::Masked, Content::Hidden] {
        check_outputs(policy, None, |output, _, contents| {
            assert_no_secret(output, &policy.to_string(), contents);
        });
        check_outputs(policy, Some(Content::Full), |output, _, contents| {
            assert_no_secret(output, "hidden by the tracker", contents);
        });
    }
    assert!(!captured_logs().join("\n").contains(SECRET_DOMAIN));
    for policy in [Content::Masked, Content::Hidden] {
        check_outputs(Content::Full, Some(policy), |output, secrets, contents| {
            for (place, secret) in &secrets.0 {
                let outside = OUTSIDE_CONVERSATIONS.contains(place);
                assert_eq!(
                    contents.contains(secret),
                    outside,
                    "{output}: {place}, {policy}"
                );
            }
        });
    }
    // If nothing is hidden, every secret appears. Without this check, the checks above would prove
    // nothing.
    check_outputs(Content::Full, None, |output, secrets, contents| {
        for (place, secret) in &secrets.0 {
            assert!(contents.contains(secret), "{output}: {place}");
        }
    });
}

#[test]
fn the_environment_makes_every_tracker_stricter() {
    for policy in ["hidden", "Masked "] {
        let output = Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "leaks::hidden_content::hidden_content_appears_in_no_output",
            ])
            .env(CHILD_ENV, "1")
            .env("COPILOT_TRACK_CONTENT", policy)
            .output()
            .unwrap();
        let stdout = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{policy}: {stdout}");
        assert!(stdout.contains("1 passed"), "{stdout}");
    }
}

#[test]
fn a_policy_change_applies_to_later_events() {
    let directory = tempfile::tempdir().unwrap();
    for output in outputs(directory.path()) {
        let builder = output.builder.flush_interval(Duration::from_millis(5));
        let tracker = builder.build().unwrap();
        let conversation = tracker.conversation(test_user());
        let mut sent = Vec::new();
        let mut send_secret = |conversation: &Conversation, visible: bool| {
            let secret = format!("c{}x{SECRET_DOMAIN}", sent.len());
            conversation.message_sent(secret.clone());
            sent.push((secret, visible));
        };
        send_secret(&conversation, true);
        conversation.set_consent(Consent::new().category("Analytics", false));
        conversation.set_content(Content::Hidden);
        send_secret(&conversation, false);
        let clone = conversation.clone();
        clone.set_content(Content::Masked);
        send_secret(&conversation, false);
        let state = serde_json::to_string(&conversation.state()).unwrap();
        let resumed = tracker.resume(serde_json::from_str(&state).unwrap());
        send_secret(&resumed, false);
        resumed.set_content(Content::Full);
        send_secret(&resumed, true);
        // The original handle keeps its own policy.
        send_secret(&conversation, false);
        tracker.track(&test_user(), numbered_event(1));
        let _ = finish(&tracker, output.name);
        drop((conversation, clone, resumed, tracker));
        let contents = (output.contents)();
        for (secret, visible) in &sent {
            assert_eq!(
                contents.contains(secret),
                *visible,
                "{}: {secret}",
                output.name
            );
        }
        assert!(contents.contains("categoryPreferences"), "{}", output.name);
        let consent = json!({"categoryPreferences": {"Analytics": false}});
        let has_consent = |event: &Value| event["context"]["consent"] == consent;
        if output.name == "JSON lines" {
            let events: Vec<Value> = contents
                .lines()
                .map(|line| serde_json::from_str(line).unwrap())
                .collect();
            // All events except Conversation Started, the first message, and the event outside the
            // conversation.
            assert_eq!(
                events.iter().filter(|e| has_consent(e)).count(),
                5,
                "{contents}"
            );
        }
    }
}
