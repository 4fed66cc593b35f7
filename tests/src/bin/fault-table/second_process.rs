//! A second process that tries to use the same spool.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use copilot_track_tests::{CrashChild, Storage};

use crate::child;

/// Repeated attempts to start a second process in a directory that is in use.
pub(crate) struct SecondProcess {
    stop: Arc<AtomicBool>,
    attempts: JoinHandle<()>,
}

impl SecondProcess {
    /// Starts a process every 50 ms as soon as `in_use` is true.
    pub(crate) fn start(directory: &Path, in_use: Arc<AtomicBool>) -> Self {
        let directory = directory.to_owned();
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let attempts = thread::spawn(move || {
            while !stopped.load(Ordering::Relaxed) {
                if in_use.load(Ordering::Relaxed) {
                    assert_is_refused(&directory);
                }
                thread::sleep(Duration::from_millis(50));
            }
        });
        Self { stop, attempts }
    }

    /// Ends the attempts.
    ///
    /// # Panics
    /// Panics if a second process was able to use the directory.
    pub(crate) fn stop(self) {
        self.stop.store(true, Ordering::Relaxed);
        self.attempts.join().expect("the spool has only one user");
    }
}

fn assert_is_refused(directory: &Path) {
    let mut command = child::command(CrashChild {
        storage: Storage::Spool,
        directory: directory.to_str().expect("a name"),
        endpoint: "http://127.0.0.1:9",
        first: u64::MAX / 2,
        group: 1,
        per_second: 0,
        flush_at: 1,
        blocked_from: None,
    });
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("a child process");
    let mut line = String::new();
    let mut stdout = BufReader::new(child.stdout.take().expect("its stdout"));
    // A process that is refused ends without a line.
    stdout.read_line(&mut line).expect("its stdout can be read");
    let _ = child.kill();
    let status = child.wait().expect("the child can be waited for");
    assert!(
        line.is_empty() && !status.success(),
        "a second process uses the spool"
    );
}
