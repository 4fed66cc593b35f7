//! The setting for what happens to new events when the queue is full.

use std::time::Duration;

/// What happens to a new event while the queue is full.
///
/// The queue is full when it has reached one of its two limits,
/// [`max_queue_events`](crate::TrackerBuilder::max_queue_events) and
/// [`max_queue_bytes`](crate::TrackerBuilder::max_queue_bytes). Set the policy with
/// [`TrackerBuilder::overflow`](crate::TrackerBuilder::overflow). Dropped events are counted in
/// [`Dropped::queue_full`](crate::Dropped::queue_full).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Overflow {
    /// The new event is dropped.
    #[default]
    DropNewest,
    /// The oldest events in the queue are dropped until the new event fits.
    DropOldest,
    /// The caller waits up to this long for room. If there is none by then, the new event is
    /// dropped.
    ///
    /// This blocks the calling thread. In async code that is a thread of the executor, so use it
    /// only if completeness matters more than latency.
    Block(Duration),
    /// Events are written to the [`Spool`](crate::Spool) when memory is full, and are read back
    /// when they can be sent. Requires a spool.
    ///
    /// - **Memory:** half of the queue's limits applies to events that are not encoded yet, the
    ///   other half to encoded events. When the second half is full, its oldest events are written
    ///   to disk. While the endpoint keeps up, nothing is written.
    /// - **Full disk:** when the spool has reached
    ///   [`Spool::max_bytes`](crate::Spool::max_bytes), further events are dropped and counted in
    ///   [`Dropped::spool_full`](crate::Dropped::spool_full).
    /// - **Slow disk:** a caller waits up to 5 s for the disk to make room. After such a time-out,
    ///   and while the disk fails, callers do not wait: the new event is dropped.
    /// - **Shutdown and crashes:** [`shutdown`](crate::Tracker::shutdown) writes the remaining
    ///   events to disk, and so does [`sync`](crate::Tracker::sync). A process that is killed loses
    ///   the events that are only in memory. To write every event to disk, use a spool with any
    ///   other policy.
    #[cfg(feature = "spool")]
    SpillToDisk,
}

impl Overflow {
    /// Returns the policy's name: `drop_newest`, `drop_oldest`, `block` or `spill_to_disk`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::DropNewest => "drop_newest",
            Self::DropOldest => "drop_oldest",
            Self::Block(_) => "block",
            #[cfg(feature = "spool")]
            Self::SpillToDisk => "spill_to_disk",
        }
    }
}

/// How long a caller waits for a slow disk.
#[cfg(feature = "spool")]
pub(crate) const DISK_WAIT_TIMEOUT: Duration = Duration::from_secs(5);
