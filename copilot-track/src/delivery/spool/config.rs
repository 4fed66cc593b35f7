//! The configuration of a spool.

use std::path::{Path, PathBuf};
use std::time::Duration;

/// The configuration of a spool, which stores events in a directory on disk until they are
/// delivered.
///
/// Pass it to [`TrackerBuilder::spool`](crate::TrackerBuilder::spool). If the defaults suffice,
/// pass only the path. Requires the `spool` feature.
///
/// ```no_run
/// use copilot_track::{Spool, Tracker};
///
/// let tracker = Tracker::builder()
///     .write_key("YOUR_WRITE_KEY")
///     .spool(Spool::new("/var/lib/my-copilot/events").max_bytes(256 * 1024 * 1024))
///     .build()?;
/// # Ok::<(), copilot_track::ConfigError>(())
/// ```
///
/// By default, every event is written to disk within the
/// [`commit_interval`](Self::commit_interval), in a group with other events. Sending an event does
/// not wait for this write. With [`Overflow::SpillToDisk`](crate::Overflow::SpillToDisk), events
/// are written only when memory is full.
///
/// # Restarts
///
/// A tracker first sends the events that an earlier process left in the directory. The tracker uses
/// its own write key and endpoint, because the spool stores neither. Events keep their envelope ids
/// and timestamps, and the events of a conversation keep their order. Only a batch that fails
/// repeatedly while others are delivered arrives later. An event that was sent just before a crash
/// may be sent again. Both copies have the same envelope id, so Segment removes the duplicate.
///
/// The limits on retries continue after a restart.
///
/// An event may have been stored under a less strict [`Content`](crate::Content) policy than the
/// tracker's. The tracker's policy is then applied before the event is sent.
///
/// # Failures
///
/// - **The disk is full or fails:** Events wait in memory, within the limits of the queue, and are
///   sent from there. Another attempt to write them to disk is made every 5 s. A warning is logged
///   once. The same applies if the disk is full when the tracker is built; events that an earlier
///   process left are then sent as soon as the file can be opened.
/// - **The file is damaged or truncated:** It is renamed to `events.redb.damaged-…`, counted in
///   [`Ledger::quarantined`](crate::Ledger::quarantined), and logged. A new file is created.
/// - **The file was written by a newer version of this crate:** It is not changed, and
///   [`build`](crate::TrackerBuilder::build) returns an error.
/// - **The directory is deleted while in use:** It is created again with all of its events. If
///   another tracker has created it first, events wait in memory until that tracker has ended.
///
/// # Files
///
/// The directory contains the file `events.redb` with the events, the file `events.lock`, and the
/// dead letters. A tracker holds a lock on `events.lock` from
/// [`build`](crate::TrackerBuilder::build) until the tracker has ended, even while the disk fails.
/// If the disk has no room for `events.lock`, the tracker locks the directory itself until there is
/// room. Windows and some network file systems do not support this: there, another tracker can then
/// use the directory first, and this tracker's events wait in memory until that tracker has ended.
/// On Unix, the tracker creates files with the mode 0600 and directories with the mode 0700. It
/// also removes the access of other users to an existing `events.redb`. An existing directory keeps
/// its mode.
///
/// Use a local disk. The durability of writes depends on the file system, and so does the lock that
/// keeps other processes out.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct Spool {
    pub(crate) directory: PathBuf,
    pub(crate) max_bytes: u64,
    pub(crate) commit_interval: Duration,
    pub(crate) strict: bool,
    pub(crate) wait_for_lock: Duration,
}

impl Spool {
    /// Creates a configuration for a directory. The directory is created if it does not exist. Only
    /// one tracker at a time can use it, even across processes. To wait for another process, see
    /// [`wait_for_lock`](Self::wait_for_lock).
    pub fn new(directory: impl Into<PathBuf>) -> Self {
        Self {
            directory: directory.into(),
            max_bytes: 1024 * 1024 * 1024,
            commit_interval: Duration::from_millis(100),
            strict: false,
            wait_for_lock: Duration::ZERO,
        }
    }

    /// Sets the maximum total size of the events in the spool, in bytes. Further events are dropped
    /// and counted in [`Dropped::spool_full`](crate::Dropped::spool_full). The file itself is
    /// somewhat larger.
    ///
    /// Default: 1 GiB.
    pub fn max_bytes(mut self, bytes: u64) -> Self {
        self.max_bytes = bytes;
        self
    }

    /// Sets the interval at which events are written to disk. If the process is killed or the
    /// machine loses power, the events emitted since the latest write are lost.
    ///
    /// Default: 100 ms. Intervals longer than 1 s are shortened to 1 s.
    pub fn commit_interval(mut self, interval: Duration) -> Self {
        self.commit_interval = interval.min(Duration::from_secs(1));
        self
    }

    /// Sets whether every call that emits an event waits until the event is on disk. If every call
    /// waits, no event is lost, even if the process is killed. Each call then costs a write to disk
    /// and, in async code, blocks a thread of the executor.
    ///
    /// A call does not wait while the disk is full or fails, and it waits for at most 5 s if the
    /// disk hangs. Its event then waits in memory and counts as
    /// [`pending`](crate::Ledger::pending). A warning is logged when the disk fails.
    ///
    /// Default: `false`. Cannot be combined with
    /// [`Overflow::SpillToDisk`](crate::Overflow::SpillToDisk).
    pub fn strict(mut self, strict: bool) -> Self {
        self.strict = strict;
        self
    }

    /// Sets how long [`build`](crate::TrackerBuilder::build) waits if another tracker uses the
    /// directory. After this time, `build` returns
    /// [`ConfigError::SpoolInUse`](crate::ConfigError::SpoolInUse).
    ///
    /// During a rolling deployment, the new process can then start before the old process has
    /// ended. The wait blocks the thread. In async code, call `build` in a function for blocking
    /// code, such as tokio's `spawn_blocking`.
    ///
    /// Default: zero.
    pub fn wait_for_lock(mut self, timeout: Duration) -> Self {
        self.wait_for_lock = timeout;
        self
    }
}

impl From<PathBuf> for Spool {
    fn from(directory: PathBuf) -> Self {
        Self::new(directory)
    }
}

impl From<&Path> for Spool {
    fn from(directory: &Path) -> Self {
        Self::new(directory)
    }
}

impl From<&str> for Spool {
    fn from(directory: &str) -> Self {
        Self::new(directory)
    }
}

impl From<String> for Spool {
    fn from(directory: String) -> Self {
        Self::new(directory)
    }
}
