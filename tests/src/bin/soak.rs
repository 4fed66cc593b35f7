//! A long run with the spool, through changing faults and restarts.
//!
//! `cargo run --release -p copilot-track-tests --bin soak -- [MINUTES] [PER_SECOND]` emits for 10
//! minutes at 500 events a second. The server changes its behaviour every few seconds, and the
//! tracker is ended in haste and started anew about every 20 seconds, every other time one that
//! spills. It prints a row for the docs, and fails if an event was lost or changed.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a measurement that cannot go on panics"
)]

use std::time::{Duration, Instant};

use copilot_track::{Ledger, Overflow, Tracker};
use copilot_track_tests::{Answer, Behaviour, FaultServer, Script, note, tracker, user};
use rand::rngs::SmallRng;
use rand::{Rng as _, SeedableRng as _};

fn some_script(random: &mut SmallRng) -> Script {
    let seed = random.random();
    let one_second = Behaviour::Answer(Answer::new(429).header("Retry-After", "1"));
    match random.random_range(0..9) {
        0 => Script::sometimes(50, Behaviour::status(500), seed),
        1 => Script::always(Behaviour::status(503)),
        2 => Script::sometimes(30, one_second, seed),
        3 => Script::sometimes(50, Behaviour::CloseUnanswered, seed),
        4 => Script::sometimes(50, Behaviour::CloseUnread, seed),
        5 => Script::sometimes(50, Behaviour::ResetInHead, seed),
        6 => Script::sometimes(20, Behaviour::Garbage, seed),
        7 => Script::sometimes(20, Behaviour::Hang, seed),
        _ => Script::always(Behaviour::ok()),
    }
}

/// Every other tracker spills to disk what exceeds a small memory; the others write all of it.
fn build(url: &str, directory: &std::path::Path, number: u64) -> Tracker {
    let builder = tracker(url)
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
    let server = FaultServer::well();
    let mut random = SmallRng::seed_from_u64(1);
    let (mut emitted, mut restarts, mut most_pending) = (0, 0, 0);
    let mut tracker = build(&server.url(), directory.path(), restarts);
    let begun = Instant::now();
    let end = Duration::from_secs(minutes * 60);
    let (mut retries, mut recovered) = (0, 0);
    let mut tell = |ledger: Ledger| {
        assert!(ledger.is_balanced(), "{ledger}");
        assert_eq!(ledger.dropped.total(), 0, "{ledger}");
        retries += ledger.retries;
        recovered += ledger.recovered;
    };
    let (mut next_fault, mut next_end) = (Duration::ZERO, Duration::from_secs(20));
    while begun.elapsed() < end {
        let now = begun.elapsed();
        if now >= next_fault {
            server.set(some_script(&mut random));
            next_fault = now + Duration::from_millis(random.random_range(500..5_000));
        }
        if now >= next_end {
            tell(tracker.shutdown_blocking(Duration::from_millis(50)).ledger);
            drop(tracker);
            restarts += 1;
            tracker = build(&server.url(), directory.path(), restarts);
            next_end = now + Duration::from_millis(random.random_range(5_000..35_000));
        }
        tracker.track(&user(), note(emitted));
        emitted += 1;
        most_pending = most_pending.max(tracker.ledger().pending);
        let due = Duration::from_micros(emitted * 1_000_000 / per_second);
        std::thread::sleep(due.saturating_sub(begun.elapsed()));
    }
    server.set(Script::always(Behaviour::ok()));
    let report = tracker.shutdown_blocking(Duration::from_secs(120));
    tell(report.ledger);
    assert!(report.complete, "{report}");
    drop(tracker);
    let log = server.log();
    log.assert_resent_unchanged();
    println!(
        "| minutes | emitted | arrived | sent again, same id | lost | restarts | recovered | retries | most pending |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- | --- | --- |");
    println!(
        "| {minutes} | {emitted} | {} | {} | {} | {restarts} | {recovered} | {retries} | {most_pending} |",
        log.accepted(),
        log.read_again(),
        emitted - log.accepted(),
    );
    assert_eq!(log.accepted(), emitted);
}
