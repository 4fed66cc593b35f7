//! A `segment::Client` as the transport.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use copilot_track::segment::message::{Batch, BatchMessage};
use copilot_track::segment::{self, Client, HttpClient, Message};
use copilot_track::{Tracker, TrackerBuilder};
use copilot_track_tests::{
    Behavior, FaultPlan, FaultServer, TEST_TIMEOUT, flush_until_complete, numbered_event, test_user,
};
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// How the client handles one message.
#[derive(Clone, Copy)]
enum Action {
    TooLarge,
    NotJson,
    Panic,
    Hang,
}

/// A client that performs the given actions first and then stores the batches it receives.
#[derive(Clone, Default)]
struct ScriptedClient {
    actions: Arc<Mutex<VecDeque<Action>>>,
    /// The `sentAt` of each attempt, successful or not.
    sent_at: Arc<Mutex<Vec<String>>>,
    sent: Arc<Mutex<Vec<(String, Batch)>>>,
}

impl ScriptedClient {
    fn with_actions(actions: impl IntoIterator<Item = Action>) -> Self {
        Self {
            actions: Arc::new(Mutex::new(actions.into_iter().collect())),
            ..Self::default()
        }
    }

    fn tracks(&self) -> Vec<BatchMessage> {
        let sent = self.sent.lock().unwrap();
        sent.iter()
            .flat_map(|(_, batch)| batch.batch.clone())
            .collect()
    }
}

#[async_trait::async_trait]
impl Client for ScriptedClient {
    async fn send(&self, write_key: String, message: Message) -> segment::Result<()> {
        let Message::Batch(batch) = message else {
            panic!("not a batch");
        };
        let sent_at = batch.extra["sentAt"].as_str().unwrap().to_owned();
        self.sent_at.lock().unwrap().push(sent_at);
        let action = self.actions.lock().unwrap().pop_front();
        match action {
            Some(Action::TooLarge) => return Err(segment::Error::MessageTooLarge),
            Some(Action::NotJson) => serde_json::from_str("{")?,
            Some(Action::Panic) => panic!("a client that panics"),
            Some(Action::Hang) => std::future::pending::<()>().await,
            None => {}
        }
        self.sent.lock().unwrap().push((write_key, batch));
        Ok(())
    }
}

fn tracker(client: impl Client + Send + Sync + 'static) -> TrackerBuilder {
    Tracker::builder()
        .write_key("client-key")
        .flush_interval(Duration::from_secs(60))
        .segment_client(client)
}

fn emit(tracker: &Tracker, events: u64) {
    for number in 0..events {
        tracker.track(&test_user(), numbered_event(number));
    }
}

#[test]
fn the_client_receives_the_write_key_and_the_segment_crates_messages() {
    let client = ScriptedClient::default();
    let tracker = tracker(client.clone()).build().unwrap();
    let conversation = tracker.conversation(test_user());
    conversation.message_sent("Hello");
    conversation.identify(&copilot_track::User::anonymous("visitor").unwrap());
    assert!(tracker.shutdown_blocking(TEST_TIMEOUT).is_all_delivered());
    let sent = client.sent.lock().unwrap();
    let (key, batch) = &sent[0];
    assert_eq!(key, "client-key");
    assert!(batch.extra["sentAt"].is_string());
    let [
        BatchMessage::Track(_),
        BatchMessage::Track(sent),
        BatchMessage::Identify(who),
    ] = &batch.batch[..]
    else {
        panic!("{batch:?}");
    };
    assert_eq!(sent.event, "Message Sent");
    assert_eq!(sent.properties["message_body"], "Hello");
    assert!(sent.timestamp.is_some());
    assert!(sent.extra["messageId"].is_string());
    assert_eq!(
        who.user,
        segment::message::User::Both {
            user_id: "123".into(),
            anonymous_id: "visitor".into(),
        }
    );
}

#[test]
fn a_size_error_splits_the_batch() {
    let client = ScriptedClient::with_actions([Action::TooLarge]);
    let tracker = tracker(client.clone()).build().unwrap();
    emit(&tracker, 10);
    assert!(tracker.shutdown_blocking(TEST_TIMEOUT).is_all_delivered());
    let sizes: Vec<_> = client
        .sent
        .lock()
        .unwrap()
        .iter()
        .map(|(_, b)| b.batch.len())
        .collect();
    assert_eq!(sizes, [5, 5]);
}

#[test]
fn a_json_error_rejects_the_batch() {
    let client = ScriptedClient::with_actions([Action::NotJson]);
    let tracker = tracker(client.clone()).build().unwrap();
    emit(&tracker, 10);
    let report = tracker.flush_blocking(TEST_TIMEOUT);
    assert_eq!(report.ledger.dropped.rejected, 10);
    assert_eq!(tracker.rejected_by_status(), [(None, 10)]);
    emit(&tracker, 1);
    assert_eq!(tracker.flush_blocking(TEST_TIMEOUT).ledger.delivered, 1);
}

#[test]
fn a_panicking_client_loses_only_its_batch() {
    let client = ScriptedClient::with_actions([Action::Panic]);
    let tracker = tracker(client.clone()).build().unwrap();
    emit(&tracker, 10);
    let report = tracker.flush_blocking(TEST_TIMEOUT);
    assert!(report.complete, "{report}");
    assert_eq!(report.ledger.dropped.rejected, 10, "{report}");
    emit(&tracker, 3);
    let report = tracker.shutdown_blocking(TEST_TIMEOUT);
    assert_eq!(report.ledger.delivered, 3, "{report}");
    assert_eq!(client.tracks().len(), 3);
}

#[test]
fn a_hanging_request_times_out_and_is_retried() {
    let client = ScriptedClient::with_actions([Action::Hang]);
    let tracker = tracker(client.clone())
        .request_timeout(Duration::from_millis(100))
        .build()
        .unwrap();
    emit(&tracker, 10);
    let report = flush_until_complete(&tracker);
    assert!(report.is_all_delivered(), "{report}");
    assert_eq!(client.tracks().len(), 10);
    let sent_at = client.sent_at.lock().unwrap();
    let sent_at = sent_at
        .iter()
        .map(|text| OffsetDateTime::parse(text, &Rfc3339).unwrap());
    let sent_at: Vec<_> = sent_at.collect();
    let delay = sent_at[1] - sent_at[0];
    assert!(delay >= Duration::from_millis(90), "{sent_at:?}");
}

#[test]
fn the_client_receives_the_messages_that_the_hook_returns() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let client = ScriptedClient::with_actions([Action::TooLarge]);
    let tracker = tracker(client.clone())
        .before_send({
            let seen = Arc::clone(&seen);
            move |mut message| {
                let BatchMessage::Track(track) = &mut message else {
                    panic!("not a Track call");
                };
                track.properties["note"] = json!(if track.properties["number"] == 1 {
                    "x".repeat(40_000)
                } else {
                    "short".to_owned()
                });
                let id = track.extra.insert("messageId".into(), json!("forged"));
                let mut returned = track.clone();
                returned.extra.insert("messageId".into(), id.unwrap());
                seen.lock().unwrap().push(BatchMessage::Track(returned));
                Some(message)
            }
        })
        .build()
        .unwrap();
    for number in 0..3 {
        tracker.track(&test_user(), numbered_event(number));
    }
    assert!(tracker.shutdown_blocking(TEST_TIMEOUT).is_all_delivered());
    let (sent, seen) = (client.tracks(), seen.lock().unwrap());
    assert_eq!((&sent[0], &sent[2]), (&seen[0], &seen[2]));
    let [BatchMessage::Track(sent), BatchMessage::Track(seen)] = [&sent[1], &seen[1]] else {
        panic!("not Track calls");
    };
    let note = sent.properties["note"].as_str().unwrap();
    assert!(note.ends_with("[truncated: 40000 bytes in full]"));
    assert_eq!(sent.extra, seen.extra);
}

#[test]
fn only_events_that_the_client_received_count_as_delivered() {
    check_that_deep_events_are_dropped(|builder| builder);
}

#[test]
fn a_spooled_event_that_is_not_a_message_is_dropped() {
    let directory = tempfile::tempdir().unwrap();
    check_that_deep_events_are_dropped(|builder| builder.spool(directory.path()));
}

fn check_that_deep_events_are_dropped(configure: impl FnOnce(TrackerBuilder) -> TrackerBuilder) {
    // The crate's messages contain parsed JSON, and the parser accepts at most 128 levels.
    let deep = (0..200).fold(json!(1), |inner, _| Value::Array(vec![inner]));
    let client = ScriptedClient::default();
    let tracker = configure(tracker(client.clone())).build().unwrap();
    emit(&tracker, 1);
    tracker.track(&test_user(), numbered_event(1).property("deep", &deep));
    emit(&tracker, 1);
    let report = tracker.shutdown_blocking(TEST_TIMEOUT);
    assert!(report.ledger.is_balanced());
    assert_eq!(
        report.ledger.delivered,
        client.tracks().len() as u64,
        "{report}"
    );
    assert_eq!(report.ledger.delivered, 2, "{report}");
    assert_eq!(report.ledger.dropped.invalid, 1, "{report}");
}

/// Returns the `segment` crate's HTTP client, with the test server as its endpoint.
fn http_client(server: &FaultServer) -> HttpClient {
    HttpClient::new(reqwest::Client::new(), server.url())
}

#[test]
fn the_crates_http_client_delivers() {
    let server = FaultServer::healthy();
    let tracker = tracker(http_client(&server)).build().unwrap();
    emit(&tracker, 10);
    let report = tracker.shutdown_blocking(TEST_TIMEOUT);
    assert!(report.is_all_delivered(), "{report}");
    copilot_track_tests::assert_ledger_matches(report.ledger, &server.log());
}

#[test]
fn the_crates_http_client_is_retried_after_a_network_error() {
    let server = FaultServer::start(FaultPlan::first_then_ok([
        Behavior::CloseUnanswered,
        Behavior::Garbage,
        Behavior::CloseUnread,
    ]));
    let tracker = tracker(http_client(&server)).build().unwrap();
    emit(&tracker, 10);
    let report = flush_until_complete(&tracker);
    assert!(report.is_all_delivered(), "{report}");
    copilot_track_tests::assert_ledger_matches(report.ledger, &server.log());
}

#[test]
fn the_status_seen_by_the_crates_http_client_is_used() {
    let server = FaultServer::start(FaultPlan::first_then_ok([401, 500].map(Behavior::status)));
    let tracker = tracker(http_client(&server)).build().unwrap();
    emit(&tracker, 3);
    let ledger = flush_until_complete(&tracker).ledger;
    assert_eq!(tracker.rejected_by_status(), [(Some(401), 3)]);
    assert_eq!(ledger.delivered, 0);
    emit(&tracker, 2);
    let ledger = flush_until_complete(&tracker).ledger;
    assert_eq!((ledger.delivered, ledger.retries), (2, 1));
}
