//! Disks that are full at the start or become full, and that get room again.

use std::path::Path;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use copilot_track::testing::TestTracker;
use copilot_track::{Overflow, Spool, Tracker, TrackerBuilder};
use copilot_track_tests::{
    Behavior, FaultPlan, FaultServer, TEST_TIMEOUT, fast_tracker_builder, numbered_event, test_user,
};

use crate::small_disk::{SmallDisk, run_on_small_disks, run_second_process};

fn hanging() -> FaultServer {
    FaultServer::start(FaultPlan::always(Behavior::Hang))
}

fn spooling(server: &FaultServer, directory: &Path) -> TrackerBuilder {
    fast_tracker_builder(server)
        .spool(directory)
        .drop_timeout(Duration::ZERO)
}

fn track(tracker: &Tracker, numbers: std::ops::Range<u64>) {
    for number in numbers {
        tracker.track(&test_user(), numbered_event(number));
    }
}

/// Shuts the tracker down and returns the numbers of the events that are in the spool afterwards.
fn left_in_spool(tracker: Tracker, directory: &Path) -> Vec<u64> {
    let report = tracker.shutdown_blocking(Duration::ZERO);
    assert!(report.ledger.is_balanced(), "{report}");
    assert_eq!(report.ledger.dropped.total(), 0, "{report}");
    drop(tracker);
    let test = TestTracker::with(Tracker::builder().spool(directory)).unwrap();
    let number = |event: &copilot_track::testing::CapturedEvent| event.property("number")?.as_u64();
    test.events().iter().filter_map(number).collect()
}

#[test]
fn the_lock_is_held_while_the_disk_is_full() {
    run_on_small_disks("full_disk::child_that_fills_the_disk");
}

#[test]
#[ignore = "runs in a child process"]
fn child_that_fills_the_disk() {
    let (disk, server) = (SmallDisk::of_this_process(), hanging());
    let spool = disk.spool();
    let tracker = spooling(&server, &spool).build().unwrap();
    track(&tracker, 0..300);
    assert!(tracker.sync_blocking(TEST_TIMEOUT).complete);
    disk.fill();
    track(&tracker, 300..3_000);
    assert!(!tracker.sync_blocking(Duration::from_millis(300)).complete);
    let refused = run_second_process(&spool).unwrap_err();
    assert!(refused.contains("in use"), "{refused}");
    disk.make_room();
    assert!(tracker.sync_blocking(TEST_TIMEOUT).complete);
    let refused = run_second_process(&spool).unwrap_err();
    assert!(refused.contains("in use"), "{refused}");
    let all: Vec<_> = (0..3_000).collect();
    assert_eq!(left_in_spool(tracker, &spool), all);
}

#[test]
fn a_start_on_a_full_disk_recovers() {
    run_on_small_disks("full_disk::child_that_starts_on_a_full_disk");
}

#[test]
#[ignore = "runs in a child process"]
fn child_that_starts_on_a_full_disk() {
    let (disk, server) = (SmallDisk::of_this_process(), hanging());
    disk.fill();
    let tracker = spooling(&server, &disk.spool()).build().unwrap();
    track(&tracker, 0..1_000);
    assert!(!tracker.sync_blocking(Duration::from_millis(300)).complete);
    let refused = run_second_process(&disk.spool()).unwrap_err();
    assert!(refused.contains("in use"), "{refused}");
    disk.make_room();
    assert!(tracker.sync_blocking(TEST_TIMEOUT).complete);
    let all: Vec<_> = (0..1_000).collect();
    assert_eq!(left_in_spool(tracker, &disk.spool()), all);
}

#[test]
fn events_of_an_earlier_process_are_sent_once_there_is_room() {
    run_on_small_disks("full_disk::child_that_finds_events_on_a_full_disk");
}

#[test]
#[ignore = "runs in a child process"]
fn child_that_finds_events_on_a_full_disk() {
    let (disk, server) = (SmallDisk::of_this_process(), hanging());
    let spool = disk.spool();
    let earlier = spooling(&server, &spool).build().unwrap();
    track(&earlier, 0..100);
    assert_eq!(
        earlier.shutdown_blocking(Duration::ZERO).ledger.pending,
        100
    );
    drop(earlier);
    for overflow in [Overflow::DropNewest, Overflow::SpillToDisk] {
        disk.fill();
        let server = hanging();
        let tracker = spooling(&server, &spool)
            .overflow(overflow)
            .build()
            .unwrap();
        // Even without new events, the file is opened as soon as there is room.
        disk.make_room();
        server.wait_for_requests(1);
        let ledger = tracker.ledger();
        assert_eq!((ledger.recovered, ledger.pending), (100, 100), "{ledger}");
        let all: Vec<_> = (0..100).collect();
        let report = tracker.shutdown_blocking(Duration::ZERO);
        assert_eq!(report.ledger.pending, 100, "{report}");
        if overflow == Overflow::SpillToDisk {
            assert_eq!(left_in_spool(tracker, &spool), all);
        }
    }
}

#[test]
fn spilling_recovers_from_a_start_on_a_full_disk() {
    run_on_small_disks("full_disk::child_that_spills_to_a_full_disk");
}

#[test]
#[ignore = "runs in a child process"]
fn child_that_spills_to_a_full_disk() {
    let (disk, server) = (SmallDisk::of_this_process(), hanging());
    disk.fill();
    let tracker = spooling(&server, &disk.spool())
        .overflow(Overflow::SpillToDisk)
        .max_queue_events(500)
        .build()
        .unwrap();
    track(&tracker, 0..100);
    disk.make_room();
    assert!(tracker.sync_blocking(TEST_TIMEOUT).complete);
    // The disk now takes the events for which memory has no room.
    track(&tracker, 100..5_000);
    let all: Vec<_> = (0..5_000).collect();
    assert_eq!(left_in_spool(tracker, &disk.spool()), all);
}

#[test]
fn a_strict_spool_does_not_wait_for_a_full_disk() {
    run_on_small_disks("full_disk::child_with_a_strict_spool");
}

#[test]
#[ignore = "runs in a child process"]
fn child_with_a_strict_spool() {
    let (disk, server) = (SmallDisk::of_this_process(), hanging());
    let strict = || Spool::new(disk.spool()).strict(true);
    for full_at_start in [false, true] {
        let build = || {
            spooling(&server, &disk.spool())
                .spool(strict())
                .build()
                .unwrap()
        };
        let tracker = if full_at_start {
            disk.fill();
            build()
        } else {
            let tracker = build();
            track(&tracker, 0..10);
            assert_eq!(tracker.sync_blocking(Duration::ZERO).ledger.pending, 10);
            disk.fill();
            tracker
        };
        // The calls must return soon, but the test must also end if they do not.
        let (done, returned) = mpsc::channel();
        thread::spawn(move || {
            track(&tracker, 10..200);
            let _ = done.send(tracker);
        });
        let tracker = returned.recv_timeout(TEST_TIMEOUT).unwrap();
        let ledger = tracker.ledger();
        assert!(ledger.is_balanced(), "{ledger}");
        assert_eq!(ledger.pending, ledger.emitted, "{ledger}");
        disk.make_room();
        assert!(tracker.sync_blocking(TEST_TIMEOUT).complete);
        let left = left_in_spool(tracker, &disk.spool());
        let first = if full_at_start { 10 } else { 0 };
        assert!(
            left.ends_with(&(first..200).collect::<Vec<_>>()),
            "{left:?}"
        );
        std::fs::remove_dir_all(disk.spool()).unwrap();
    }
}
