//! Forks many times while its threads emit events. Each child uses the tracker that it inherited,
//! and some children also build a tracker. The `process_lifecycle` test runs this program. The
//! program fails if a child hangs or panics, or if a child's use of the inherited tracker affects
//! the parent.
//!
//! The arguments are the endpoint, the spool's directory, and the number of forks for each overflow
//! policy. Prints the number of events that the parent delivered, and the number of events that the
//! children's own trackers delivered.

use std::error::Error;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use copilot_track::{ConfigError, Overflow, Tracker};
use copilot_track_tests::{TEST_TIMEOUT, block_on, numbered_event, test_user, tracker_builder};

/// The time after which a child that hangs exits with an error.
const CHILD_TIMEOUT: Duration = Duration::from_secs(40);

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [endpoint, directory, forks] = arguments.as_slice() else {
        return Err("arguments: ENDPOINT DIRECTORY FORKS".into());
    };
    let forks: u64 = forks.parse()?;
    let mut delivered_by_children = 0;
    let mut emitted = 0;
    // The queue is small, so that it is often full and its lock is often contended.
    for overflow in [
        Overflow::DropNewest,
        Overflow::DropOldest,
        Overflow::Block(Duration::from_secs(3600)),
    ] {
        let spooled = tracker_builder(endpoint)
            .spool(directory.as_str())
            .max_queue_events(300)
            .overflow(overflow)
            .build()?;
        let stop = Arc::new(AtomicBool::new(false));
        let emitters: Vec<_> = (0..3)
            .map(|_| {
                let (tracker, stop) = (spooled.clone(), Arc::clone(&stop));
                thread::spawn(move || {
                    let conversation = tracker.conversation(test_user());
                    while !stop.load(Ordering::Relaxed) {
                        (0..50).for_each(|number| conversation.track(numbered_event(number)));
                        thread::yield_now();
                    }
                })
            })
            .collect();
        for number in 0..forks {
            let has_own_tracker = number % 8 == 0;
            match fork::fork()? {
                fork::Fork::Child => {
                    std::process::exit(run_child(&spooled, endpoint, directory, has_own_tracker))
                }
                fork::Fork::Parent(child) => {
                    let status = fork::waitpid(child)?;
                    if status != 0 {
                        return Err(format!("a child ended with {status:#x}").into());
                    }
                    delivered_by_children += u64::from(has_own_tracker);
                }
            }
        }
        stop.store(true, Ordering::Relaxed);
        for emitter in emitters {
            emitter.join().map_err(|_| "an emitter panicked")?;
        }
        drop_last_handle(&spooled, endpoint)?;
        let report = spooled.shutdown_blocking(TEST_TIMEOUT);
        let ledger = report.ledger;
        if !report.complete || ledger.delivered + ledger.dropped.queue_full != ledger.emitted {
            return Err(report.to_string().into());
        }
        emitted += ledger.delivered;
    }
    println!("{emitted} {delivered_by_children}");
    Ok(ExitCode::SUCCESS)
}

/// Does the work of a child. Returns the child's exit code.
fn run_child(inherited: &Tracker, endpoint: &str, directory: &str, has_own_tracker: bool) -> i32 {
    thread::spawn(|| {
        thread::sleep(CHILD_TIMEOUT);
        std::process::exit(9);
    });
    let before = inherited.ledger().emitted;
    (0..400).for_each(|number| inherited.track(&test_user(), numbered_event(number)));
    inherited.conversation(test_user()).message_sent("Hello");
    let flushed = inherited.flush_blocking(Duration::MAX);
    let again = block_on(inherited.flush(Duration::MAX));
    let synced = inherited.sync_blocking(Duration::MAX);
    if flushed.complete || again.complete || synced.complete {
        return 2;
    }
    if inherited.ledger().emitted != before + 402 {
        return 3;
    }
    let ended = inherited.shutdown_blocking(Duration::MAX).ledger;
    if ended.pending != 0 || ended.dropped.shutdown == 0 || !ended.is_balanced() {
        return 4;
    }
    // The parent still uses the directory.
    if !matches!(
        tracker_builder(endpoint).spool(directory).build(),
        Err(ConfigError::SpoolInUse { .. })
    ) {
        return 5;
    }
    if has_own_tracker {
        let Ok(own) = tracker_builder(endpoint).build() else {
            return 6;
        };
        own.track(&test_user(), numbered_event(1));
        if !own.shutdown_blocking(TEST_TIMEOUT).is_all_delivered() {
            return 7;
        }
    }
    0
}

/// Forks a child that drops its only handle to a tracker.
fn drop_last_handle(spooled: &Tracker, endpoint: &str) -> Result<(), Box<dyn Error>> {
    let before = spooled.ledger().emitted;
    let handle = tracker_builder(endpoint)
        .drop_timeout(Duration::from_secs(3600))
        .build()?;
    handle.track(&test_user(), numbered_event(1));
    match fork::fork()? {
        fork::Fork::Child => {
            thread::spawn(|| {
                thread::sleep(CHILD_TIMEOUT);
                std::process::exit(9);
            });
            handle.track(&test_user(), numbered_event(2));
            drop(handle);
            std::process::exit(0);
        }
        fork::Fork::Parent(child) => {
            let status = fork::waitpid(child)?;
            let delivered = handle.shutdown_blocking(TEST_TIMEOUT).is_all_delivered();
            if status != 0 || !delivered || spooled.ledger().emitted != before {
                return Err(format!(
                    "dropping the last handle: status {status:#x}, delivered {delivered}"
                )
                .into());
            }
        }
    }
    Ok(())
}
