//! What happens to an event that comes when the queue is full.

use std::time::Duration;

/// What happens to an event that comes when the queue is full; set by
/// [`TrackerBuilder::overflow`](crate::TrackerBuilder::overflow).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Overflow {
    /// It is dropped and counted.
    #[default]
    DropNewest,
    /// The oldest events that wait are dropped and counted, until it fits.
    DropOldest,
    /// The caller waits for room for so long, blocking its thread; then the event is dropped and
    /// counted. For programs that would rather be late than incomplete: in async code this blocks
    /// an executor's thread.
    Block(Duration),
    /// Events stay in memory while they fit; the oldest go to the disk when more than half of the
    /// memory that the queue may take is used, and come back from there when their turn comes. None
    /// is dropped while the [`Spool`](crate::Spool) has room. What is left at
    /// [`shutdown`](crate::Tracker::shutdown) goes to the disk too.
    ///
    /// While the endpoint keeps up, nothing is written; a process that is killed loses what was in
    /// memory ([`sync`](crate::Tracker::sync) writes it down). With a spool and any other policy
    /// each event goes by the disk. A caller that is faster than the disk waits for it, for up to 5
    /// s; one that finds the disk full does not wait: its event is dropped and counted.
    #[cfg(feature = "spool")]
    SpillToDisk,
}

/// How long a caller waits for a disk that is slower than it.
#[cfg(feature = "spool")]
pub(crate) const DISK_WAIT_TIMEOUT: Duration = Duration::from_secs(5);
