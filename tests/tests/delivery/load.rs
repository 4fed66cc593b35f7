//! Many events from many threads.

use std::collections::BTreeSet;

use copilot_track_tests::{
    Behavior, FaultPlan, FaultServer, Response, TEST_TIMEOUT, assert_ledger_matches,
    numbered_event, test_user, tracker_builder,
};

#[test]
fn a_hundred_thousand_events_from_four_threads_arrive_exactly_once() {
    const THREADS: u64 = 4;
    const EACH: u64 = 25_000;
    let server = FaultServer::healthy();
    let tracker = tracker_builder(&server.url()).build().unwrap();
    std::thread::scope(|scope| {
        for thread in 0..THREADS {
            let tracker = &tracker;
            scope.spawn(move || {
                let conversation = tracker.conversation(test_user());
                for number in 0..EACH {
                    conversation.track(numbered_event(thread * EACH + number));
                }
            });
        }
    });
    let report = tracker.shutdown_blocking(TEST_TIMEOUT);
    assert!(report.is_all_delivered(), "{report}");
    assert_eq!(report.ledger.emitted, THREADS * EACH);

    let log = server.log();
    assert_ledger_matches(report.ledger, &log);
    assert_eq!(log.duplicate_reads(), 0);
    let numbers: BTreeSet<u64> = log
        .events()
        .iter()
        .map(|event| event["properties"]["number"].as_u64().unwrap())
        .collect();
    assert_eq!(numbers.len() as u64, THREADS * EACH);
    // Events are sent in batches, so there are far fewer requests than events.
    assert!(log.requests.len() < 400, "{}", log.requests.len());
    for request in &log.requests {
        assert!(request.body.len() <= 475_000 && request.events().len() <= 2_500);
    }
}

#[test]
fn one_request_at_a_time_keeps_the_order_of_each_conversation() {
    assert_order_is_kept(&FaultServer::healthy());
}

/// A batch that is retried or split delays the batches behind it.
#[test]
fn the_order_is_kept_through_retries_and_splits() {
    let respond = |status| Behavior::Respond(Response::new(status));
    let rate_limited = Behavior::Respond(Response::new(429).header("Retry-After", "1"));
    let behaviors = [
        respond(503),
        respond(413),
        rate_limited,
        respond(500),
        respond(413),
    ];
    assert_order_is_kept(&FaultServer::start(FaultPlan::first_then_ok(behaviors)));
}

fn assert_order_is_kept(server: &FaultServer) {
    let tracker = tracker_builder(&server.url())
        .max_in_flight(1)
        .flush_at(50)
        .build()
        .unwrap();
    let conversations: Vec<_> = (0..10).map(|_| tracker.conversation(test_user())).collect();
    for number in 0..100 {
        for conversation in &conversations {
            conversation.track(numbered_event(number));
        }
    }
    let report = tracker.shutdown_blocking(TEST_TIMEOUT);
    assert!(report.is_all_delivered(), "{report}");
    let log = server.log();
    for conversation in &conversations {
        let numbers: Vec<_> = log
            .events()
            .iter()
            .filter(|event| event["properties"]["conversationId"] == conversation.id().as_str())
            .map(|event| event["properties"]["number"].as_u64().unwrap())
            .collect();
        assert_eq!(numbers, (0..100).collect::<Vec<_>>());
    }
}
