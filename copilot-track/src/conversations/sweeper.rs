//! The thread that ends idle conversations.

use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Weak};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::conversations::shared::Shared;
use crate::util::panics;
use crate::util::process::ProcessId;
use crate::util::reentrancy;

const MIN_INTERVAL: Duration = Duration::from_millis(10);

/// The thread that ends idle conversations. It stops when this value is dropped.
#[derive(Debug)]
pub(super) struct Sweeper {
    /// Never used to send. The thread sees that the sender is dropped.
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
    process: ProcessId,
}

impl Sweeper {
    /// Starts the thread. Returns `None` if this is not possible.
    pub(super) fn start(shared: &Arc<Shared>, idle: Duration) -> Option<Self> {
        let interval = (idle / 8).max(MIN_INTERVAL);
        let shared: Weak<Shared> = Arc::downgrade(shared);
        let (stop, stopped) = channel::<()>();
        let started = thread::Builder::new()
            .name("copilot-track-idle".into())
            .spawn(move || {
                while stopped.recv_timeout(interval) == Err(RecvTimeoutError::Timeout) {
                    let Some(shared) = shared.upgrade() else {
                        return;
                    };
                    shared.sweep(Instant::now());
                }
            });
        match started {
            Ok(thread) => Some(Self {
                stop: Some(stop),
                thread: Some(thread),
                process: ProcessId::current(),
            }),
            Err(error) => {
                reentrancy::log(|| tracing::warn!(%error, "idle conversations are not ended"));
                None
            }
        }
    }
}

impl Drop for Sweeper {
    /// Waits for the thread, which may hold the last handle to the tracker. The events that are
    /// still queued are then sent before this method returns.
    fn drop(&mut self) {
        drop(self.stop.take());
        let Some(thread) = self.thread.take() else {
            return;
        };
        // A closure of the application can drop the last `Conversations` on the thread itself, and
        // a fork does not have the thread.
        if thread.thread().id() != thread::current().id() && !self.process.is_fork() {
            let _ = thread.join().map_err(panics::drop_payload);
        }
    }
}
