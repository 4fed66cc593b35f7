//! Large events in the queue.

use std::time::Duration;

use copilot_track::segment::message::{Track, User as SegmentUser};
use copilot_track::spec::MessageReceived;
use copilot_track::{
    CustomEvent, Overflow, TrackEvent, Tracker, TrackerBuilder, User, tracked_message,
    tracked_reply, tracked_tool,
};
use copilot_track_tests::{
    Behavior, FaultPlan, FaultServer, TEST_TIMEOUT, fast_tracker_builder, numbered_event, test_user,
};
use serde_json::json;

const LARGE: usize = 5_000_000;

fn large_text() -> String {
    "x".repeat(LARGE)
}

#[derive(TrackEvent)]
struct PageSummarized {
    summary: Option<String>,
    #[track(content)]
    page: String,
}

#[tracked_reply]
fn reply() -> String {
    large_text()
}

#[tracked_reply(properties(draft = large_text()))]
fn reply_with_property() -> &'static str {
    "Yes."
}

#[tracked_message(body = text)]
fn message(text: &str) {
    let _ = text;
}

#[tracked_tool(type = large_text(), action = "search", record(outcome = |()| large_text()))]
fn tool() {}

/// Emits 20 events with strings of 5 MB, in every way in which an event can get a string.
fn emit_large_events(tracker: &Tracker) {
    let conversation = tracker.conversation(test_user());
    let turn = conversation.turn(large_text());
    turn.in_scope(|| {
        for _ in 0..4 {
            reply();
        }
        reply_with_property();
        message(&large_text());
        tool();
    });
    for _ in 0..4 {
        turn.message_received(large_text());
    }
    turn.track(MessageReceived::new("short").property("draft", large_text()));
    turn.track(
        CustomEvent::new("Drafted")
            .unwrap()
            .property("draft", json!(large_text())),
    );
    turn.track(CustomEvent::new("Drafted").unwrap().role(large_text()));
    for _ in 0..3 {
        turn.track(PageSummarized {
            summary: Some(large_text()),
            page: large_text(),
        });
    }
    let user = User::known("u1").unwrap();
    conversation.identify_with(&user, &json!({ "biography": large_text() }));
    tracker.send(Track {
        user: SegmentUser::UserId {
            user_id: "u1".to_owned(),
        },
        event: "Drafted".to_owned(),
        properties: json!({ "draft": large_text() }),
        ..Default::default()
    });
}

/// Returns a tracker whose first request hangs, so that later events stay in the queue.
fn stalled_tracker(
    server: &FaultServer,
    configure: impl Fn(TrackerBuilder) -> TrackerBuilder,
) -> Tracker {
    let builder = fast_tracker_builder(server)
        .flush_at(1)
        .max_in_flight(1)
        .drop_timeout(Duration::ZERO);
    let tracker = configure(builder).build().unwrap();
    tracker.track(&test_user(), numbered_event(0));
    let _ = tracker.flush_blocking(Duration::ZERO);
    server.wait_for_requests(1);
    tracker
}

#[test]
fn large_texts_push_no_other_events_out_of_the_queue() {
    for overflow in [Overflow::DropNewest, Overflow::DropOldest] {
        let server = FaultServer::start(FaultPlan::first_then_ok([Behavior::Hang]));
        let tracker = stalled_tracker(&server, |builder| builder.overflow(overflow));
        for number in 0..250 {
            tracker.track(&test_user(), numbered_event(number));
        }
        emit_large_events(&tracker);
        for number in 250..500 {
            tracker.track(&test_user(), numbered_event(number));
        }
        let ledger = tracker.ledger();
        assert!(ledger.emitted > 520, "{ledger}");
        assert_eq!(ledger.dropped.total(), 0, "{overflow:?}: {ledger}");
    }
}

#[test]
fn large_texts_are_truncated_as_if_they_had_not_been_queued() {
    let server = FaultServer::healthy();
    let tracker = fast_tracker_builder(&server).build().unwrap();
    emit_large_events(&tracker);
    let report = tracker.shutdown_blocking(TEST_TIMEOUT);
    assert!(report.is_all_delivered(), "{report}");
    let log = server.log();
    let mut marked = 0;
    for event in log.events() {
        let object = |name: &str| event.get(name).and_then(|value| value.as_object());
        let properties = object("properties").or_else(|| object("traits")).unwrap();
        for value in properties.values().filter_map(|value| value.as_str()) {
            if value.len() > 100 || value.contains('…') {
                let end = format!("… [truncated: {LARGE} bytes in full]");
                assert!(value.ends_with(&end), "{}", &value[value.len() - 60..]);
                marked += 1;
            }
        }
        assert!(event.to_string().len() <= 32_000);
    }
    assert!(marked >= 20, "{marked}");
}

/// A list cannot be truncated, so an event with a large list stays large until it is encoded.
#[test]
fn events_that_cannot_be_cut_leave_half_of_the_queue_to_others() {
    for overflow in [Overflow::DropNewest, Overflow::DropOldest] {
        let server = FaultServer::start(FaultPlan::first_then_ok([Behavior::Hang]));
        let tracker = stalled_tracker(&server, |builder| builder.overflow(overflow));
        for number in 0..250 {
            tracker.track(&test_user(), numbered_event(number));
        }
        for _ in 0..20 {
            let event = CustomEvent::new("Searched").unwrap();
            tracker.track(&test_user(), event.property("pages", [large_text()]));
        }
        let after_large = tracker.ledger().dropped.queue_full;
        assert!((1..20).contains(&after_large), "{after_large}");
        for number in 250..500 {
            tracker.track(&test_user(), numbered_event(number));
        }
        let ledger = tracker.ledger();
        assert_eq!(
            ledger.dropped.queue_full, after_large,
            "{overflow:?}: {ledger}"
        );
    }
}
