//! A queue of encoded events that is stored on disk.
//!
//! Encoded events are staged in memory and written to the file in groups. By default, they are
//! written within the commit interval. With `Overflow::SpillToDisk`, they are written only when
//! memory is full.
//!
//! Batches are filled from the staged events. After an outage or a restart, they are filled from
//! the file first, because its events are always older. An event is removed when it is settled. If
//! the process crashes before that, the event is sent again with the same envelope id.

use std::collections::VecDeque;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;

use crate::delivery::retry::StoredRetries;
use crate::delivery::spool::config::Spool as Config;
use crate::delivery::spool::open::{OpenError, SpoolContents};
use crate::delivery::spool::record::SpoolRecord;
use crate::delivery::spool::retry_table::RetryTable;
use crate::delivery::spool::staged::StagedRecords;
use crate::delivery::spool::store::Store;
use crate::privacy::content::Content;
use crate::privacy::masking::masker::Masker;
use crate::util::reentrancy;

/// The maximum number of staged bytes while the disk is failing. Further events wait in the queue.
/// When memory is full, this is also the maximum size of one group of writes. Requests wait for
/// such a group, so it must not be larger.
const MAX_STAGED_BYTES: usize = 4 * 1024 * 1024;
/// How long to wait after a failed write before the next attempt. Attempts are costly, because the
/// whole file is read when it is opened.
pub(super) const RETRY_INTERVAL: Duration = Duration::from_secs(5);

/// The maximum number and size of events in memory. Further events are written to disk.
#[derive(Debug, Clone, Copy)]
pub(crate) struct MemoryLimit {
    pub(crate) events: usize,
    pub(crate) bytes: usize,
}

/// The next event to send.
#[derive(Debug)]
pub(crate) struct UnsentRecord {
    pub(crate) number: u64,
    /// The size of the event in the spool.
    pub(crate) size: usize,
    pub(crate) json: Bytes,
    /// Whether the event was read from the file, which may have been changed by other code.
    pub(crate) is_from_disk: bool,
}

/// A number of events, and their total size in bytes.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Untaken {
    pub(super) events: u64,
    pub(super) bytes: u64,
}

impl Untaken {
    pub(super) fn add(&mut self, events: u64, bytes: u64) {
        self.events += events;
        self.bytes += bytes;
    }

    pub(super) fn remove(&mut self, bytes: u64) {
        self.events = self.events.saturating_sub(1);
        self.bytes = self.bytes.saturating_sub(bytes);
    }
}

/// The spool of a tracker.
#[derive(Debug)]
pub(crate) struct DiskQueue {
    pub(super) store: Store,
    pub(super) config: Config,
    /// The tracker's content policy. It is applied to events that were stored under a less strict
    /// policy.
    pub(super) content: Content,
    pub(super) masker: Arc<Masker>,
    /// The limit on events in memory with `Overflow::SpillToDisk`. If this is `None`, every event
    /// is written to disk.
    pub(super) spill_threshold: Option<MemoryLimit>,
    /// Events that are not on disk yet.
    pub(super) staged: StagedRecords,
    /// The sequence numbers of events that may be on disk although they count as staged, because
    /// writing them failed. It can fail after the disk has stored them.
    pub(super) uncertain: Range<u64>,
    /// The sequence numbers of settled events that are still on disk.
    pub(super) removed: Vec<u64>,
    /// The retries of the batches whose latest attempt failed.
    pub(super) retries: RetryTable,
    /// Events that were read from disk but not taken yet.
    pub(super) read_ahead: VecDeque<(u64, SpoolRecord)>,
    /// The sequence number of the next event to take.
    pub(super) next_unsent: u64,
    /// The total size of all unsettled events, on disk or staged, in bytes.
    pub(super) bytes: u64,
    /// The events on disk that have not been taken yet.
    pub(super) untaken: Untaken,
    /// The number of events whose file was deleted and that have not been reported yet.
    pub(super) lost: u64,
    /// The number of damaged events that have not been reported yet.
    pub(super) damaged: u64,
    pub(super) committed_at: Instant,
    pub(super) failing: bool,
    pub(super) read_failed_at: Option<Instant>,
    /// The sequence numbers of events that an earlier process left, that were found after the
    /// start, and that have not been taken yet.
    pub(super) adopted: Range<u64>,
    /// The number of such events that have not been reported yet.
    pub(super) recovered: u64,
}

impl DiskQueue {
    /// Opens a spool. Also returns its contents and, if its file was damaged, the new path of the
    /// damaged file.
    pub(crate) fn open(
        config: Config,
        spill_threshold: Option<MemoryLimit>,
        content: Content,
        masker: Arc<Masker>,
    ) -> Result<(Self, SpoolContents, Option<PathBuf>), OpenError> {
        let (store, found, damaged) = Store::open(&config.directory, config.wait_for_lock)?;
        let stored = store.read_retries();
        let mut spool = Self::with_store(store, &found, config, spill_threshold, content, masker);
        spool.retries = RetryTable::read(stored, found.next);
        Ok((spool, found, damaged))
    }

    pub(super) fn with_store(
        store: Store,
        found: &SpoolContents,
        config: Config,
        spill_threshold: Option<MemoryLimit>,
        content: Content,
        masker: Arc<Masker>,
    ) -> Self {
        Self {
            failing: store.is_stale(),
            store,
            config,
            content,
            masker,
            spill_threshold,
            staged: StagedRecords::starting_at(found.next),
            uncertain: 0..0,
            removed: Vec::new(),
            retries: RetryTable::default(),
            read_ahead: VecDeque::new(),
            next_unsent: found.first,
            bytes: found.bytes,
            untaken: Untaken {
                events: found.events,
                bytes: found.bytes,
            },
            lost: 0,
            damaged: 0,
            committed_at: Instant::now(),
            read_failed_at: None,
            adopted: 0..0,
            recovered: 0,
        }
    }

    /// Returns whether events can be added. No event can be added while too many staged events wait
    /// to be written.
    pub(crate) fn can_stage(&self) -> bool {
        match self.spill_threshold {
            None => self.staged.bytes() < MAX_STAGED_BYTES,
            Some(limit) => self.staged.bytes() < limit.bytes && self.staged.slots() < limit.events,
        }
    }

    /// Returns whether the latest attempt to write to disk failed.
    pub(crate) fn is_failing(&self) -> bool {
        self.failing
    }

    /// Returns whether memory is full and cannot be freed because writing to disk fails.
    pub(crate) fn is_disk_stuck(&self) -> bool {
        self.spill_threshold.is_some() && self.failing && !self.can_stage()
    }

    /// Returns whether there is room for an event of `bytes` bytes.
    pub(crate) fn has_room(&self, bytes: usize) -> bool {
        self.bytes.saturating_add(bytes as u64) <= self.config.max_bytes
    }

    /// Returns whether at most half of the spool is used.
    pub(crate) fn is_half_empty(&self) -> bool {
        self.bytes <= self.config.max_bytes / 2
    }

    /// Adds an event.
    pub(crate) fn add(&mut self, record: SpoolRecord) {
        self.bytes += record.json.len() as u64;
        self.staged.push(record);
    }

    /// Returns the sequence number of the next event that will be added.
    pub(crate) fn next_number(&self) -> u64 {
        self.staged.next()
    }

    /// Returns the sequence number of the first event that has not been taken.
    pub(crate) fn first_unsent(&self) -> u64 {
        if self.adopted.is_empty() {
            self.next_unsent
        } else {
            self.adopted.start
        }
    }

    /// Returns a sequence number. Every event with a lower number is on disk or settled.
    pub(crate) fn committed(&self) -> u64 {
        self.staged.first()
    }

    /// Stores the retries of a batch with these events.
    pub(crate) fn set_retries(&mut self, events: Range<u64>, retries: StoredRetries) {
        self.retries.set(events, retries);
    }

    /// Removes the retries of a batch with these events.
    pub(crate) fn remove_retries(&mut self, events: &Range<u64>) {
        self.retries.remove(events);
    }

    /// Removes a settled event.
    pub(crate) fn remove(&mut self, number: u64, bytes: usize) {
        self.bytes = self.bytes.saturating_sub(bytes as u64);
        if !self.staged.remove(number) {
            self.removed.push(number);
        }
    }

    /// Writes staged events if a write is due.
    ///
    /// All staged events are written if a caller waits for them (`wanted`), if the worker is idle,
    /// or if the commit interval has passed. With a spill threshold, only events above the
    /// threshold are written unless a caller waits.
    pub(crate) fn commit_if_due(&mut self, wanted: bool, idle: bool) {
        let interval = if self.failing {
            // After a failure, writes are attempted less often.
            self.config.commit_interval.max(RETRY_INTERVAL)
        } else {
            self.config.commit_interval
        };
        let due = self.committed_at.elapsed() >= interval;
        let spills = self.spill_threshold.filter(|_| !wanted);
        let (soon, end) = match spills {
            None => (wanted || idle, self.staged.next()),
            Some(_) if self.can_stage() => (false, self.staged.first()),
            Some(MemoryLimit { events, bytes }) => {
                let bytes = (bytes / 2).clamp(1, MAX_STAGED_BYTES);
                (true, self.staged.end_within(bytes, events.div_ceil(2)))
            }
        };
        // Removals alone are not urgent.
        if due || (soon && !self.failing && end > self.staged.first()) {
            self.commit_below(end);
        }
    }

    /// Writes all staged events.
    pub(crate) fn commit(&mut self) {
        self.commit_below(self.staged.next());
    }

    fn commit_below(&mut self, end: u64) {
        self.committed_at = Instant::now();
        let end = end.max(self.staged.first());
        let is_idle =
            end == self.staged.first() && self.removed.is_empty() && !self.retries.has_changes(end);
        // After a failure, an empty write finds out whether the disk works again.
        if is_idle && !self.failing && !self.store.is_stale() {
            return;
        }
        self.removed.sort_unstable();
        let removed = self.removed.iter().copied();
        let retries = self.retries.changes_below(end);
        let added = self.staged.below(end);
        match self.store.commit(&self.uncertain, added, removed, retries) {
            Ok(()) => {
                self.uncertain = 0..0;
                for (number, record) in self.staged.below(end) {
                    if number >= self.next_unsent {
                        self.untaken.add(1, record.json.len() as u64);
                    }
                }
                self.staged.written(end);
                self.removed.clear();
                self.retries.written(end);
                self.adopt();
                if std::mem::take(&mut self.failing) {
                    reentrancy::log(|| tracing::info!("the spool can be written again"));
                }
            }
            Err(error) => {
                self.add_uncertain(end);
                self.log_failure(&error);
            }
        }
    }

    /// Adds the staged events below `end`, which may be on disk after a failed write.
    fn add_uncertain(&mut self, end: u64) {
        let start = self.staged.first();
        if self.uncertain.is_empty() {
            self.uncertain = start..end;
        } else {
            self.uncertain.end = self.uncertain.end.max(end);
        }
    }

    /// Returns the number of unsettled events that are not on disk, or whose file was deleted and
    /// cannot be replaced.
    pub(crate) fn unwritten(&self) -> u64 {
        let stranded = self
            .store
            .stranded(self.committed(), &self.removed, &self.uncertain);
        self.staged.unsettled() as u64 + stranded
    }

    pub(super) fn log_failure(&mut self, error: &redb::Error) {
        if !std::mem::replace(&mut self.failing, true) {
            reentrancy::log(|| {
                tracing::warn!(
                    %error,
                    directory = %self.config.directory.display(),
                    "the spool cannot be written or read: copilot events wait in memory"
                );
            });
        }
    }
}
