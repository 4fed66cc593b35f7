//! A gate that blocks a thread of the library until the test opens it.

use std::sync::{Arc, Mutex, mpsc};

use copilot_track::TrackerBuilder;
use copilot_track::segment::message::BatchMessage;

use crate::timeout::TEST_TIMEOUT;

/// The test's side of a gate. Dropping it opens the gate.
#[derive(Debug)]
pub struct Gate {
    reached: mpsc::Receiver<()>,
    _opened: mpsc::Sender<()>,
}

/// The blocked side of a [`Gate`].
#[derive(Debug, Clone)]
pub struct Blocker {
    reached: mpsc::Sender<()>,
    opened: Arc<Mutex<mpsc::Receiver<()>>>,
}

impl Gate {
    /// Creates a closed gate.
    pub fn new() -> (Self, Blocker) {
        let (reached, is_reached) = mpsc::channel();
        let (open, opened) = mpsc::channel();
        let gate = Self {
            reached: is_reached,
            _opened: open,
        };
        let blocker = Blocker {
            reached,
            opened: Arc::new(Mutex::new(opened)),
        };
        (gate, blocker)
    }

    /// Waits until a thread is blocked at the gate.
    pub fn wait_until_reached(&self) {
        self.reached
            .recv_timeout(TEST_TIMEOUT)
            .expect("no thread reaches the gate");
    }
}

impl Blocker {
    /// Adds a `before_send` hook that blocks at the numbered events from `number` on.
    pub fn block_from(self, number: u64, builder: TrackerBuilder) -> TrackerBuilder {
        builder.before_send(move |message| {
            if let BatchMessage::Track(track) = &message
                && track.properties["number"].as_u64() >= Some(number)
            {
                self.block();
            }
            Some(message)
        })
    }

    /// Blocks until the gate is open. Returns at once if it is already open.
    pub fn block(&self) {
        let _ = self.reached.send(());
        let opened = self.opened.lock().expect("a lock that is not poisoned");
        // The gate's sender sends nothing. It is dropped.
        let _ = opened.recv();
    }
}
