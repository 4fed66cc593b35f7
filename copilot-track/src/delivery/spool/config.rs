//! How a spool on disk is kept.

use std::path::{Path, PathBuf};
use std::time::Duration;

/// A directory in which events wait on disk until they are delivered; given to
/// [`TrackerBuilder::spool`](crate::TrackerBuilder::spool), where a path alone will do.
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
/// Every event goes by the disk: it is written with others at the
/// [`commit_interval`](Self::commit_interval), and sent at the same time. With
/// [`Overflow::SpillToDisk`](crate::Overflow::SpillToDisk) it goes there only if memory is full.
///
/// - **Whoever opens the directory sends what is in it**, with its own write key and to its own
///   endpoint: neither is kept. Ids, timestamps and the order of each conversation are.
/// - **Content** that was written under a laxer [`Content`](crate::Content) is made to fit the
///   tracker's.
/// - **A disk that is full**, or fails: events wait in memory, within the bounds of the queue, and
///   are sent from there; the disk is tried again every 5 s. That is said through `tracing` once.
/// - **A damaged or cut file** is put aside as `events.redb.damaged-…`, counted in
///   [`Ledger::quarantined`](crate::Ledger::quarantined) and said; a new one is begun. One that a
///   newer version of this crate has written is left alone, and the tracker is not built.
/// - **A directory that is deleted** while it is in use is made anew, with all that was in it.
/// - It is for a local disk: the lock that keeps a second process out, and the promise that what is
///   written stays, are the file system's.
#[derive(Debug, Clone)]
#[must_use]
pub struct Spool {
    pub(crate) directory: PathBuf,
    pub(crate) max_bytes: u64,
    pub(crate) commit_interval: Duration,
    pub(crate) strict: bool,
}

impl Spool {
    /// A spool in this directory, which is made if it is not there. One process at a time can use
    /// it.
    pub fn new(directory: impl Into<PathBuf>) -> Self {
        Self {
            directory: directory.into(),
            max_bytes: 1024 * 1024 * 1024,
            commit_interval: Duration::from_millis(100),
            strict: false,
        }
    }

    /// How many bytes of events may wait on disk; 1 GiB by default. What comes beyond is dropped
    /// and counted as `spool_full`. The file itself is somewhat larger.
    pub fn max_bytes(mut self, bytes: u64) -> Self {
        self.max_bytes = bytes;
        self
    }

    /// Events are written to disk together, at this interval at the latest; 100 ms by default, at
    /// most a second. A process that is killed, or a machine that loses power, loses what came
    /// since.
    pub fn commit_interval(mut self, interval: Duration) -> Self {
        self.commit_interval = interval.min(Duration::from_secs(1));
        self
    }

    /// Makes every call that emits an event wait until it is on disk, so that nothing is lost
    /// whatever happens. Each then costs the caller a write to disk; in async code it blocks an
    /// executor's thread meanwhile.
    pub fn strict(mut self, strict: bool) -> Self {
        self.strict = strict;
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
