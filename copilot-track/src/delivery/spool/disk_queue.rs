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
use crate::delivery::spool::content_policy;
use crate::delivery::spool::open::{OpenError, SpoolContents};
use crate::delivery::spool::record::SpoolRecord;
use crate::delivery::spool::retry_table::RetryTable;
use crate::delivery::spool::staged::StagedRecords;
use crate::delivery::spool::store::Store;
use crate::privacy::content::{Content, Policy};
use crate::privacy::masking::masker::Masker;
use crate::util::reentrancy;

/// The maximum number of staged bytes while the disk is failing. Further events wait in the queue.
/// When memory is full, this is also the maximum size of one group of writes. Requests wait for
/// such a group, so it must not be larger.
const MAX_STAGED_BYTES: usize = 4 * 1024 * 1024;
/// How long to wait after a failed write before the next attempt. Attempts are costly, because the
/// whole file is read when it is opened.
const RETRY_INTERVAL: Duration = Duration::from_secs(5);
/// The number of records that are read at a time.
const READ_AHEAD_RECORDS: usize = 512;

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
            removed: Vec::new(),
            retries: RetryTable::default(),
            read_ahead: VecDeque::new(),
            next_unsent: found.first,
            bytes: found.bytes,
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

    /// Takes the next event to send. Returns `None` if there is none or the disk cannot be read.
    pub(crate) fn take(&mut self) -> Option<UnsentRecord> {
        loop {
            let (number, record, from_disk) = self.next()?;
            if number < self.adopted.end {
                self.adopted.start = number + 1;
            } else {
                self.next_unsent = number + 1;
            }
            let size = record.json.len();
            // The file is checked when it is opened, but not on each read. A single damaged event
            // would make the endpoint reject the whole batch.
            if from_disk && !is_object(&record.json) {
                self.remove(number, size);
                self.damaged += 1;
                continue;
            }
            return Some(self.unsent(number, record, from_disk));
        }
    }

    /// Reads events that were taken before. Returns `None` if the disk cannot be read. Damaged
    /// events are left out.
    pub(crate) fn read_again(&mut self, records: &[(u64, usize)]) -> Option<Vec<UnsentRecord>> {
        let (first, _) = *records.first()?;
        let (last, _) = *records.last()?;
        let end = self.committed().min(last + 1);
        let stored = if first < end {
            self.store.read(first, end, usize::MAX)
        } else {
            Ok(Vec::new())
        };
        let mut stored = match stored {
            Ok(stored) => stored.into_iter().peekable(),
            Err(error) => {
                self.log_failure(&error);
                return None;
            }
        };
        let mut found = Vec::with_capacity(records.len());
        for &(number, _) in records {
            while stored.next_if(|(other, _)| *other < number).is_some() {}
            let from_disk = stored.next_if(|(other, _)| *other == number);
            let is_from_disk = from_disk.is_some();
            let record = from_disk
                .map(|(_, record)| record)
                .or_else(|| self.staged.get(number).cloned());
            found.extend(
                record
                    .filter(|record| !is_from_disk || is_object(&record.json))
                    .map(|record| self.unsent(number, record, is_from_disk)),
            );
        }
        Some(found)
    }

    /// Applies the tracker's content policy to an event.
    fn unsent(&self, number: u64, record: SpoolRecord, is_from_disk: bool) -> UnsentRecord {
        let size = record.json.len();
        let json = if record.content < self.content {
            content_policy::apply_stricter(self.policy(), &record.content_properties, &record.json)
        } else {
            record.json
        };
        UnsentRecord {
            number,
            size,
            json,
            is_from_disk,
        }
    }

    /// Returns the number of damaged events that were found since the previous call.
    pub(crate) fn take_damaged(&mut self) -> u64 {
        std::mem::take(&mut self.damaged)
    }

    /// Returns the number of events that an earlier process left and that were found since the
    /// previous call. Events that were found at the start do not count.
    pub(crate) fn take_recovered(&mut self) -> u64 {
        std::mem::take(&mut self.recovered)
    }

    /// Includes the events that an earlier process left in the file, if they were found late.
    fn adopt(&mut self) {
        let Some(found) = self.store.take_adopted() else {
            return;
        };
        if self.adopted.is_empty() {
            self.adopted = found.first..found.next;
            self.bytes += found.bytes;
            self.recovered += found.events;
            // These events are older than all others.
            self.read_ahead.clear();
            let stored = self.store.read_retries();
            self.retries.adopt(stored, &self.adopted);
        }
    }

    /// Returns the retries that are stored for the next event to take, and the number of the first
    /// event of the batch that it belongs to.
    pub(crate) fn next_retries(&mut self) -> Option<(u64, StoredRetries)> {
        if self.retries.is_empty() {
            return None;
        }
        self.read_ahead()?;
        let next = self.read_ahead.front();
        self.retries
            .get(next.map_or(self.next_unsent, |(number, _)| *number))
    }

    /// Stores the retries of a batch with these events.
    pub(crate) fn set_retries(&mut self, events: Range<u64>, retries: StoredRetries) {
        self.retries.set(events, retries);
    }

    /// Removes the retries of a batch with these events.
    pub(crate) fn remove_retries(&mut self, events: &Range<u64>) {
        self.retries.remove(events);
    }

    /// Reads events from the file, if the next event is in the file. Returns `None` if the file
    /// cannot be read.
    fn read_ahead(&mut self) -> Option<()> {
        while self.read_ahead.is_empty() && self.first_unsent() < self.committed() {
            self.read_more()?;
        }
        Some(())
    }

    fn next(&mut self) -> Option<(u64, SpoolRecord, bool)> {
        self.read_ahead()?;
        if let Some((number, record)) = self.read_ahead.pop_front() {
            return Some((number, record, true));
        }
        Some((
            self.next_unsent,
            self.staged.get(self.next_unsent)?.clone(),
            false,
        ))
    }

    /// Reads the next events from the file. Returns `None` if the file cannot be read.
    fn read_more(&mut self) -> Option<()> {
        let is_early = |since: Instant| since.elapsed() < RETRY_INTERVAL;
        if self.read_failed_at.is_some_and(is_early) {
            return None;
        }
        let first = self.first_unsent();
        let end = if self.adopted.is_empty() {
            self.committed()
        } else {
            self.adopted.end
        };
        match self.store.read(first, end, READ_AHEAD_RECORDS) {
            Ok(records) => {
                self.read_failed_at = None;
                if records.is_empty() && self.adopted.is_empty() {
                    // No records were found, so these events have already been settled.
                    self.next_unsent = end;
                } else if records.is_empty() {
                    self.adopted.start = end;
                }
                self.read_ahead = records.into();
                self.adopt();
                Some(())
            }
            Err(error) => {
                self.read_failed_at = Some(Instant::now());
                self.log_failure(&error);
                None
            }
        }
    }

    fn policy(&self) -> Policy<'_> {
        Policy {
            content: self.content,
            masker: &self.masker,
        }
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
        if is_idle && !self.store.is_stale() {
            return;
        }
        self.removed.sort_unstable();
        let removed = self.removed.iter().copied();
        let retries = self.retries.changes_below(end);
        match self.store.commit(self.staged.below(end), removed, retries) {
            Ok(()) => {
                self.staged.written(end);
                self.removed.clear();
                self.retries.written(end);
                self.adopt();
                if std::mem::take(&mut self.failing) {
                    reentrancy::log(|| tracing::info!("the spool can be written again"));
                }
            }
            Err(error) => self.log_failure(&error),
        }
    }

    /// Returns the number of unsettled events that are not on disk, or whose file was deleted and
    /// cannot be replaced.
    pub(crate) fn unwritten(&self) -> u64 {
        let stranded = self.store.stranded(self.committed(), &self.removed);
        self.staged.unsettled() as u64 + stranded
    }

    fn log_failure(&mut self, error: &redb::Error) {
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

fn is_object(json: &[u8]) -> bool {
    json.first() == Some(&b'{') && serde_json::from_slice::<serde::de::IgnoredAny>(json).is_ok()
}
