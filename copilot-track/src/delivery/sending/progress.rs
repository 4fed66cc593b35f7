//! Which events of a batch are settled.

use std::ops::Range;

use crate::util::sync::{Mutex, lock};

/// The settled events of a batch. The task that sends the batch adds them, and the worker reads
/// them.
#[derive(Debug)]
pub(crate) struct Progress(Mutex<State>);

#[derive(Debug)]
struct State {
    remaining: u64,
    /// The settled events that have not been taken.
    settled: Vec<Range<usize>>,
}

impl Progress {
    /// Creates the progress of a batch with `events` events.
    pub(crate) fn new(events: usize) -> Self {
        Self(Mutex::new(State {
            remaining: events as u64,
            settled: Vec::new(),
        }))
    }

    /// Adds events whose outcome is known and counted.
    pub(crate) fn settle(&self, events: Range<usize>) {
        let mut state = lock(&self.0);
        state.remaining = state.remaining.saturating_sub(events.len() as u64);
        state.settled.push(events);
    }

    /// Returns the number of events without an outcome.
    pub(crate) fn remaining(&self) -> u64 {
        lock(&self.0).remaining
    }

    /// Returns the events that were settled since the previous call.
    pub(crate) fn take_settled(&self) -> Vec<Range<usize>> {
        std::mem::take(&mut lock(&self.0).settled)
    }
}
