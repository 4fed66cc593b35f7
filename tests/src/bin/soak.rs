//! Emits events for a long time, while the server's faults change and the tracker restarts.
//!
//! `cargo run --release -p copilot-track-tests --bin soak -- [MINUTES] [PER_SECOND]` emits 500
//! events per second for 10 minutes by default. The server changes its behavior every few seconds.
//! About every 20 seconds, the tracker is shut down with a deadline of 50 ms and rebuilt. Every
//! other tracker spills to disk. The program prints the table for docs/delivery.md. It fails if an
//! event was lost or changed. `.ci/full` runs this program.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a measurement panics if it cannot continue"
)]

use std::time::{Duration, Instant};

use copilot_track::{Ledger, Overflow, Tracker};
use copilot_track_tests::{
    Behavior, FaultPlan, FaultServer, Response, numbered_event, test_user, tracker_builder,
};
use rand::rngs::SmallRng;
use rand::{Rng as _, SeedableRng as _};

/// Returns a random plan. `next` is the number of the next event.
fn random_plan(random: &mut SmallRng, next: u64) -> FaultPlan {
    let seed = random.random();
    let one_second = Behavior::Respond(Response::new(429).header("Retry-After", "1"));
    match random.random_range(0..10) {
        0 => FaultPlan::random(50, Behavior::status(500), seed),
        1 => FaultPlan::always(Behavior::status(503)),
        2 => FaultPlan::random(30, one_second, seed),
        3 => FaultPlan::random(50, Behavior::CloseUnanswered, seed),
        4 => FaultPlan::random(50, Behavior::CloseUnread, seed),
        5 => FaultPlan::random(50, Behavior::ResetInHead, seed),
        6 => FaultPlan::random(20, Behavior::Garbage, seed),
        7 => FaultPlan::random(20, Behavior::Hang, seed),
        8 => FaultPlan::always(Behavior::Poison {
            numbers: [next, next + 200].into(),
            response: Response::new(500),
        }),
        _ => FaultPlan::always(Behavior::ok()),
    }
}

/// Builds a tracker with a spool. Every other tracker has a small queue and spills to disk. The
/// rest write every event to disk.
fn build(url: &str, directory: &std::path::Path, number: u64) -> Tracker {
    let builder = tracker_builder(url)
        .flush_interval(Duration::from_millis(200))
        .request_timeout(Duration::from_secs(2))
        .spool(directory);
    if number % 2 == 1 {
        builder
            .overflow(Overflow::SpillToDisk)
            .max_queue_events(1_000)
    } else {
        builder
    }
    .build()
    .expect("a tracker")
}

fn main() {
    let mut numbers = std::env::args()
        .skip(1)
        .map(|number| number.parse::<u64>().expect("a number"));
    let minutes = numbers.next().unwrap_or(10);
    let per_second = numbers.next().unwrap_or(500);
    let directory = tempfile::tempdir().expect("a directory");
    let server = FaultServer::healthy();
    let mut random = SmallRng::seed_from_u64(1);
    let (mut emitted, mut restarts, mut max_pending) = (0, 0, 0);
    let mut tracker = build(&server.url(), directory.path(), restarts);
    let begun = Instant::now();
    let end = Duration::from_secs(minutes * 60);
    let (mut retries, mut recovered) = (0, 0);
    let mut add = |ledger: Ledger| {
        assert!(ledger.is_balanced(), "{ledger}");
        assert_eq!(ledger.dropped.total(), 0, "{ledger}");
        retries += ledger.retries;
        recovered += ledger.recovered;
    };
    let (mut next_fault, mut next_end) = (Duration::ZERO, Duration::from_secs(20));
    while begun.elapsed() < end {
        let now = begun.elapsed();
        if now >= next_fault {
            server.set_plan(random_plan(&mut random, emitted));
            next_fault = now + Duration::from_millis(random.random_range(500..5_000));
        }
        if now >= next_end {
            add(tracker.shutdown_blocking(Duration::from_millis(50)).ledger);
            drop(tracker);
            restarts += 1;
            tracker = build(&server.url(), directory.path(), restarts);
            next_end = now + Duration::from_millis(random.random_range(5_000..35_000));
        }
        tracker.track(&test_user(), numbered_event(emitted));
        emitted += 1;
        max_pending = max_pending.max(tracker.ledger().pending);
        let due = Duration::from_micros(emitted * 1_000_000 / per_second);
        std::thread::sleep(due.saturating_sub(begun.elapsed()));
    }
    server.set_plan(FaultPlan::always(Behavior::ok()));
    let report = tracker.shutdown_blocking(Duration::from_secs(120));
    add(report.ledger);
    assert!(report.complete, "{report}");
    drop(tracker);
    let log = server.log();
    log.assert_resent_unchanged();
    println!(
        "| minutes | emitted | arrived | sent again, same id | lost | restarts | recovered | retries | most pending |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- | --- | --- |");
    println!(
        "| {minutes} | {emitted} | {} | {} | {} | {restarts} | {recovered} | {retries} | {max_pending} |",
        log.accepted_count(),
        log.duplicate_reads(),
        emitted - log.accepted_count(),
    );
    assert_eq!(log.accepted_count(), emitted);
}
