//! Emits events and then ends in a given way. The tests for process exit and for full disks run
//! this program.
//!
//! The arguments are, in this order:
//!
//! - `return`, `static`, `panic`, `unwind`, `thread-local`, `disk-full`, or `spill-full`
//! - the endpoint
//! - the number of events
//! - the spool's directory (optional)
//!
//! With `disk-full` and `spill-full`, the program shuts the tracker down, prints the ledger as
//! JSON, and writes the log to stderr.

use std::cell::RefCell;
use std::env;
use std::error::Error;
use std::sync::OnceLock;
use std::time::Duration;

use copilot_track::{CustomEvent, Overflow, Tracker, User};
use copilot_track_tests::{capture_logs, captured_logs, numbered_event, test_user};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [mode, endpoint, count, directory @ ..] = arguments.as_slice() else {
        return Err("arguments: MODE ENDPOINT COUNT [DIRECTORY]".into());
    };
    capture_logs();
    let mut builder = Tracker::builder()
        .write_key("test-key")
        .endpoint(endpoint)
        .drop_timeout(Duration::from_secs(60));
    if let [directory] = directory {
        builder = builder.spool(directory.as_str());
    }
    if mode == "spill-full" {
        builder = builder
            .overflow(Overflow::SpillToDisk)
            .max_queue_events(1_000);
    }
    let tracker = builder.build()?;
    let user = User::known("123")?;
    for number in 0..count.parse::<u64>()? {
        let event = CustomEvent::new("Note Taken")?
            .property("number", number)
            .property("text", "x".repeat(500));
        tracker.track(&user, event);
    }
    match mode.as_str() {
        // The tracker is dropped when `main` returns.
        "return" => {}
        // A static is never dropped, so the program shuts the tracker down.
        "static" => {
            static TRACKER: OnceLock<Tracker> = OnceLock::new();
            let report = TRACKER
                .get_or_init(|| tracker)
                .shutdown_blocking(Duration::from_secs(60));
            if !report.is_all_delivered() {
                return Err(report.to_string().into());
            }
        }
        // The destructors of the main thread's thread-locals run after `main` has returned.
        "thread-local" => {
            thread_local!(static LAST: RefCell<Option<TrackOnDrop>> = const { RefCell::new(None) });
            LAST.set(Some(TrackOnDrop(tracker)));
        }
        "unwind" => {
            let panicked = std::thread::spawn(move || {
                let _tracked = TrackOnDrop(tracker);
                std::panic::resume_unwind(Box::new("a panic without a message"));
            })
            .join();
            return Err(format!("panicked: {}", panicked.is_err()).into());
        }
        "panic" => return Err(Box::<dyn Error>::from(unwind_with_last_handle(tracker))),
        "disk-full" | "spill-full" => {
            let ledger = tracker.shutdown_blocking(Duration::from_secs(60)).ledger;
            println!("{}", serde_json::to_string(&ledger)?);
            eprintln!("{}", captured_logs().join("\n"));
        }
        _ => return Err(format!("unknown mode `{mode}`").into()),
    }
    Ok(())
}

/// A value that tracks one more event and flushes when it is dropped.
struct TrackOnDrop(Tracker);

impl Drop for TrackOnDrop {
    fn drop(&mut self) {
        self.0.track(&test_user(), numbered_event(1));
        let report = self.0.flush_blocking(Duration::from_secs(60));
        if !report.is_all_delivered() {
            eprintln!("{report}");
        }
    }
}

/// Panics on a thread that holds the last handle.
fn unwind_with_last_handle(tracker: Tracker) -> String {
    let panicked = std::thread::spawn(move || {
        let _held = tracker;
        std::panic::resume_unwind(Box::new("a panic without a message"));
    })
    .join();
    format!("panicked: {}", panicked.is_err())
}
