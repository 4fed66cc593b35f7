//! The write key and the text of messages appear only in requests.
//!
//! This is a single test, because the loggers capture the output of the whole process.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use copilot_track::{CustomEvent, TrackEvent as _, Tracker, TrackerBuilder, User};
use copilot_track_tests::{
    Behavior, FaultPlan, FaultServer, Response, TEST_TIMEOUT, capture_logs, captured_logs,
    flush_until_complete,
};

const KEY: &str = "kEy7thatN0bodyMaySee";
const MESSAGE: &str = "my card is 4111 1111 1111 1111";

/// A logger that captures the messages that crates log through `log` instead of `tracing`.
struct LogFacade;

static LOG_LINES: Mutex<Vec<String>> = Mutex::new(Vec::new());

impl log::Log for LogFacade {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        let line = format!("{} {}", record.target(), record.args());
        LOG_LINES
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(line);
    }

    fn flush(&self) {}
}

fn is_safe(text: &str) -> bool {
    let encoded = BASE64_STANDARD.encode(format!("{KEY}:"));
    ![KEY, MESSAGE, encoded.trim_end_matches('=')]
        .iter()
        .any(|secret| text.contains(secret))
}

#[track_caller]
fn assert_safe(text: &str) {
    assert!(is_safe(text), "{text}");
}

fn builder(url: &str) -> TrackerBuilder {
    Tracker::builder()
        .write_key(KEY)
        .endpoint(url)
        .flush_interval(Duration::from_millis(5))
}

/// Sends the events of a chat, and checks the `Debug` output of all types involved.
fn chat(tracker: &Tracker) {
    let conversation = tracker.conversation(User::known("123").unwrap());
    let turn = conversation.turn(MESSAGE);
    turn.message_received(MESSAGE);
    let event = CustomEvent::new("X")
        .unwrap()
        .property("text", MESSAGE)
        .into_event();
    assert_safe(&format!("{event:?} {:?}", CustomEvent::new("X").unwrap()));
    turn.track(event);
    turn.track(
        CustomEvent::new("Too Large")
            .unwrap()
            .property("list", vec![MESSAGE; 2_000]),
    );
    turn.track(copilot_track::spec::FeedbackSubmitted::new(f64::NAN));
    assert_safe(&format!("{tracker:?} {conversation:?} {turn:?}"));
    assert_safe(&format!("{:?}", conversation.state()));
}

#[test]
fn write_key_and_message_text_never_appear_in_debug_logs_or_errors() {
    capture_logs();
    log::set_logger(&LogFacade).unwrap();
    log::set_max_level(log::LevelFilter::Trace);

    let redirect = Response::new(307).header("Location", format!("http://127.0.0.1:1/{KEY}"));
    for fault in [
        Behavior::ok(),
        Behavior::status(500),
        Behavior::Respond(Response::new(429).header("Retry-After", "0")),
        Behavior::status(401),
        Behavior::status(413),
        Behavior::CloseUnread,
        Behavior::CloseUnanswered,
        Behavior::ResetInHead,
        Behavior::Garbage,
        Behavior::Hang,
        Behavior::Respond(redirect),
    ] {
        let server = FaultServer::start(FaultPlan::first_then_ok([fault]));
        let tracker = builder(&server.url())
            .request_timeout(Duration::from_millis(300))
            .before_send(|message| {
                assert!(
                    format!("{message:?}").len() % 5 != 0,
                    "a hook that sometimes panics"
                );
                Some(message)
            })
            .build()
            .unwrap();
        chat(&tracker);
        let report = flush_until_complete(&tracker);
        assert_safe(&format!(
            "{report:?} {report} {:?}",
            tracker.rejected_by_status()
        ));
        let _ = tracker.shutdown_blocking(TEST_TIMEOUT);
        chat(&tracker);
    }
    let down = builder(&FaultServer::reserve().url())
        .max_queue_events(2)
        .drop_timeout(Duration::ZERO)
        .build()
        .unwrap();
    chat(&down);
    let report = down.shutdown_blocking(Duration::from_millis(50));
    assert_safe(&format!("{report:?}"));

    for wrong in [
        builder("http://example.com"),
        builder("nonsense"),
        builder(&format!("https://{KEY}@example.com")),
        builder(&format!("https://example.com/?key={KEY}")),
        builder("http://127.0.0.1:1").write_key(format!("{KEY} {KEY}")),
        builder("http://127.0.0.1:1").flush_at(0),
    ] {
        assert_safe(&format!("{wrong:?}"));
        let error = wrong.build().unwrap_err();
        assert_safe(&format!("{error} {error:?}"));
    }

    let log_lines = captured_logs();
    assert!(
        log_lines
            .iter()
            .any(|line| line.starts_with("WARN copilot_track")),
        "no warnings were captured"
    );
    let facade = LOG_LINES
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .clone();
    assert!(
        !facade.is_empty(),
        "no lines from the HTTP client were captured"
    );
    for line in log_lines.iter().chain(&facade) {
        assert_safe(line);
    }
}
