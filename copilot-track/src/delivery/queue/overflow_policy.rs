//! The overflow policy of the queue.

use std::time::Duration;

/// The policy for new events while the queue is full.
///
/// The queue is full when it has reached either of its limits,
/// [`max_queue_events`](crate::TrackerBuilder::max_queue_events) or
/// [`max_queue_bytes`](crate::TrackerBuilder::max_queue_bytes). Long strings are cut before an
/// event is queued. An event that still has more than 68,000 bytes must fit into half of
/// `max_queue_bytes`.
///
/// Set the policy with [`TrackerBuilder::overflow`](crate::TrackerBuilder::overflow). Dropped
/// events are counted in [`Dropped::queue_full`](crate::Dropped::queue_full).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Overflow {
    /// The new event is dropped.
    #[default]
    DropNewest,
    /// The oldest events in the queue are dropped until the new event fits. An event of more than
    /// 68,000 bytes is dropped itself, because it would replace hundreds of others.
    DropOldest,
    /// The caller waits up to this long for room. If there is still no room, the new event is
    /// dropped.
    ///
    /// This policy blocks the calling thread. In async code, that thread belongs to the executor,
    /// so use this policy only if completeness matters more than latency.
    Block(Duration),
    /// Events are written to the [`Spool`](crate::Spool) when memory is full and read back when
    /// they can be sent. This policy requires a spool.
    ///
    /// - **Memory:** One half of each queue limit applies to events that are not encoded yet, and
    ///   the other half applies to encoded events. When the half for encoded events is full, the
    ///   oldest of them are written to disk. While the endpoint keeps up, nothing is written.
    /// - **Full spool:** When the spool has reached [`Spool::max_bytes`](crate::Spool::max_bytes),
    ///   further events are dropped and counted in
    ///   [`Dropped::spool_full`](crate::Dropped::spool_full).
    /// - **Slow disk:** A caller waits up to 5 s for the disk to make room. After a caller has
    ///   waited that long, and while the disk is failing, other callers do not wait, and their
    ///   events are dropped.
    /// - **Shutdown and crashes:** [`shutdown`](crate::Tracker::shutdown) and
    ///   [`sync`](crate::Tracker::sync) write the remaining events to disk. A process that is
    ///   killed loses the events that are only in memory. To write every event to disk, use a spool
    ///   with any other policy.
    #[cfg(feature = "spool")]
    SpillToDisk,
}

impl Overflow {
    /// Returns the policy's name: `drop_newest`, `drop_oldest`, `block`, or `spill_to_disk`.
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

/// The maximum time that a caller waits for a slow disk.
#[cfg(feature = "spool")]
pub(crate) const DISK_WAIT_TIMEOUT: Duration = Duration::from_secs(5);
