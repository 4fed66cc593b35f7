//! What a library under comparison looks like to the harness.

use std::time::Duration;

use crate::args::Args;
use crate::function::Function;
use crate::work::Workload;

/// A library under comparison, in one of the ways in which it is used.
pub trait Peer: Sync + Sized {
    /// # Errors
    /// When it cannot be set up in this variant.
    fn set_up(args: &Args) -> Result<Self, String>;

    /// Runs `work` on this thread, as a thread of the application that serves a conversation.
    fn on_thread<W: Workload>(&self, function: Function, work: W) -> W::Output;

    /// Waits until all events so far have arrived, or the library says so, at most for `timeout`.
    /// Returns whether it came to that. Libraries that know no time limit may take longer.
    fn flush(&self, timeout: Duration) -> bool;

    /// Whatever a test's memory transport gathered is let go.
    fn clear_captured(&self) {}

    /// What the library itself counts as dropped.
    fn dropped(&self) -> u64 {
        0
    }

    /// Ends the library under a deadline, and says how many events it reports as not delivered.
    /// `None` where it knows neither.
    fn shut_down(&self, _deadline: Duration) -> Option<u64> {
        None
    }

    /// Polls a future `n` times, each poll in the scope of the library. `None` where it has none.
    fn scope_polls(&self, _polls: u64) -> bool {
        false
    }

    /// Takes `n` items from an instrumented stream. `false` where it has none.
    fn stream_items(&self, _items: u64) -> bool {
        false
    }
}
