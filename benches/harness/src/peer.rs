//! The interface of a library under comparison.

use std::time::Duration;

use crate::args::Args;
use crate::function::Function;
use crate::work::Workload;

/// A library under comparison, in one configuration.
pub trait Peer: Sync + Sized {
    /// Sets up the library.
    ///
    /// # Errors
    /// Returns an error if the library cannot be set up as `args` requests.
    fn set_up(args: &Args) -> Result<Self, String>;

    /// Runs `work` on this thread, as an application thread that serves a conversation would.
    fn on_thread<W: Workload>(&self, function: Function, work: W) -> W::Output;

    /// Waits up to `timeout` for all events so far to be delivered. Returns whether they were
    /// delivered, as far as the library knows. Libraries without a time limit may take longer.
    fn flush(&self, timeout: Duration) -> bool;

    /// Discards the events that a memory transport has captured.
    fn clear_captured(&self) {}

    /// Returns the number of events that the library counts as dropped.
    fn dropped(&self) -> u64 {
        0
    }

    /// Shuts the library down within a deadline. Returns the number of events that it reports as
    /// undelivered, or `None` if it has no such function.
    fn shut_down(&self, _deadline: Duration) -> Option<u64> {
        None
    }

    /// Polls a future in the library's scope. Returns `false` if the library has no scope.
    fn scope_polls(&self, _polls: u64) -> bool {
        false
    }

    /// Takes items from an instrumented stream. Returns `false` if the library has no such streams.
    fn stream_items(&self, _items: u64) -> bool {
        false
    }
}
