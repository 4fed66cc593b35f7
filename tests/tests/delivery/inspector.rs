//! Delivery to an inspector that injects faults. Users can test their own applications in the same
//! way. The inspector must store each event that the ledger counts as delivered, unless the
//! injected fault discards the event. A retried event must keep its envelope id.

use std::collections::BTreeMap;
use std::time::Duration;

use copilot_track::{Ledger, TrackerBuilder};
use copilot_track_inspector::{Chaos, Fault, Inspector};
use copilot_track_tests::{TEST_TIMEOUT, numbered_event, test_user, tracker_builder};

const EVENTS: u64 = 20;

/// The result of sending events in batches of five while the inspector injects faults.
struct Outcome {
    ledger: Ledger,
    /// The number of times that each envelope id was received.
    received: BTreeMap<String, u64>,
    faults: u64,
}

impl Outcome {
    fn duplicates(&self) -> u64 {
        self.received.values().map(|times| times - 1).sum()
    }
}

async fn deliver_through(
    chaos: Chaos,
    configure: impl FnOnce(TrackerBuilder) -> TrackerBuilder,
) -> Outcome {
    let inspector = Inspector::builder()
        .chaos(chaos)
        .chaos_seed(7)
        .start()
        .await
        .unwrap();
    let tracker = configure(
        tracker_builder(&inspector.url())
            .flush_at(5)
            // The interval is long enough that every batch is full before it is sent.
            .flush_interval(TEST_TIMEOUT),
    )
    .build()
    .unwrap();
    for number in 0..EVENTS {
        tracker.track(&test_user(), numbered_event(number));
    }
    // Each flush ends the current backoff.
    while !tracker.flush(Duration::from_millis(20)).await.complete {}
    let report = tracker.shutdown(TEST_TIMEOUT).await;
    assert!(report.complete && report.ledger.is_balanced(), "{report}");
    let mut received = BTreeMap::new();
    for event in inspector.events().await.unwrap() {
        let id = event
            .envelope_id()
            .expect("an event has an envelope id")
            .to_owned();
        *received.entry(id).or_default() += 1;
    }
    Outcome {
        ledger: report.ledger,
        received,
        faults: inspector.faults(),
    }
}

fn status(status: u16) -> Fault {
    Fault::Status {
        status,
        retry_after: None,
    }
}

#[tokio::test]
async fn an_outage_loses_nothing() {
    for fault in [status(503), status(429), Fault::Reset] {
        let outcome =
            deliver_through(Chaos::always(fault.clone()).times(6), |builder| builder).await;
        assert_eq!(outcome.faults, 6, "{fault:?}");
        assert_eq!(outcome.ledger.delivered, EVENTS, "{fault:?}");
        assert_eq!(outcome.received.len() as u64, EVENTS, "{fault:?}");
        assert_eq!(outcome.duplicates(), 0, "{fault:?}");
    }
}

#[tokio::test]
async fn intermittent_failures_lose_nothing() {
    let chaos = Chaos::always(status(500)).probability(0.5);
    let outcome = deliver_through(chaos, |builder| builder).await;
    assert_eq!(outcome.ledger.delivered, EVENTS);
    assert_eq!(outcome.received.len() as u64, EVENTS);
}

#[tokio::test]
async fn events_accepted_without_a_response_are_resent_with_the_same_id() {
    let chaos = Chaos::always(Fault::ResetAfter).times(2);
    let outcome = deliver_through(chaos, |builder| builder).await;
    assert_eq!(outcome.ledger.delivered, EVENTS);
    assert_eq!(outcome.received.len() as u64, EVENTS);
    assert_eq!(outcome.duplicates(), 10);
}

#[tokio::test]
async fn a_hanging_request_is_abandoned_and_resent() {
    let chaos = Chaos::always(Fault::Hang).times(1);
    let with_short_timeout =
        |builder: TrackerBuilder| builder.request_timeout(Duration::from_millis(300));
    let outcome = deliver_through(chaos, with_short_timeout).await;
    assert_eq!(outcome.faults, 1);
    assert_eq!(outcome.ledger.delivered, EVENTS);
    assert_eq!(outcome.received.len() as u64, EVENTS);
}

#[tokio::test]
async fn a_slow_or_unusual_response_is_accepted() {
    for fault in [
        Fault::Delay { delay_ms: 20 },
        Fault::Drip { delay_ms: 1 },
        Fault::Garbage,
    ] {
        let outcome = deliver_through(Chaos::always(fault.clone()), |builder| builder).await;
        assert_eq!(outcome.ledger.delivered, EVENTS, "{fault:?}");
        assert_eq!(outcome.received.len() as u64, EVENTS, "{fault:?}");
        assert_eq!(outcome.duplicates(), 0, "{fault:?}");
    }
}

#[tokio::test]
async fn rejected_events_are_counted() {
    let outcome = deliver_through(Chaos::always(status(422)).times(2), |builder| builder).await;
    assert_eq!(outcome.ledger.dropped.rejected, 10);
    assert_eq!(outcome.ledger.delivered, EVENTS - 10);
    assert_eq!(outcome.received.len() as u64, EVENTS - 10);
}

#[tokio::test]
async fn events_discarded_after_a_200_count_as_delivered() {
    // The server responds with 200 and discards the events, as Segment does for an unknown key.
    let outcome = deliver_through(Chaos::always(Fault::Drop).times(1), |builder| builder).await;
    assert_eq!(outcome.ledger.delivered, EVENTS);
    assert_eq!(outcome.received.len() as u64, EVENTS - 5);
}
