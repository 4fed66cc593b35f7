//! Runs a replay on its own thread, so that a disk that hangs does not delay the caller.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::tracker::replay_report::ReplayReport;

/// How long the caller waits after the deadline for the replay to record its progress. If the disk
/// hangs, the caller continues without the replay.
const GRACE: Duration = Duration::from_secs(1);

/// The state that a replay shares with its caller.
#[derive(Debug, Default)]
pub(super) struct ReplayState {
    report: Mutex<ReplayReport>,
    is_abandoned: AtomicBool,
}

impl ReplayState {
    /// Sets the report that the caller returns if it does not wait for the replay any longer.
    pub(super) fn set_report(&self, report: ReplayReport) {
        *self.report() = report;
    }

    /// Returns whether the caller does not wait for the replay any longer.
    pub(super) fn is_abandoned(&self) -> bool {
        self.is_abandoned.load(Ordering::SeqCst)
    }

    fn abandon(&self) -> ReplayReport {
        self.is_abandoned.store(true, Ordering::SeqCst);
        *self.report()
    }

    fn report(&self) -> MutexGuard<'_, ReplayReport> {
        self.report.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Runs a replay on its own thread. Shortly after the deadline, returns the latest report even if
/// the replay has not ended.
///
/// # Errors
/// Returns the error of the replay, or an error if no thread can be started.
pub(super) fn run_until(
    deadline: Option<Instant>,
    replay: impl FnOnce(Arc<ReplayState>) -> io::Result<ReplayReport> + Send + 'static,
) -> io::Result<ReplayReport> {
    let state = Arc::new(ReplayState::default());
    let shared = Arc::clone(&state);
    let (ended, result) = sync_channel(1);
    thread::Builder::new()
        .name("copilot-track-replay".to_owned())
        .spawn(move || {
            // The caller may have stopped waiting.
            let _ = ended.send(replay(shared));
        })?;
    let ended = match deadline.and_then(|deadline| deadline.checked_add(GRACE)) {
        None => result.recv().map_err(|_| RecvTimeoutError::Disconnected),
        Some(end) => result.recv_timeout(end.saturating_duration_since(Instant::now())),
    };
    match ended {
        Ok(result) => result,
        Err(RecvTimeoutError::Timeout) => Ok(state.abandon()),
        Err(RecvTimeoutError::Disconnected) => {
            Err(io::Error::other("the replay ended unexpectedly"))
        }
    }
}
