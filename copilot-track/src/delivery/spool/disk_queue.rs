//! Events on disk until their fate is known.
//!
//! What becomes JSON is staged in memory and written together with others: at once, or only when
//! memory has no more room for it. Batches are filled from what is staged and, after an outage or a
//! restart, from the file, which always holds older events than memory. An event is removed when
//! its fate is known; a crash in between sends it again under the same envelope id.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;

use crate::delivery::spool::config::Spool as Config;
use crate::delivery::spool::content_policy;
use crate::delivery::spool::open::{OpenError, SpoolContents};
use crate::delivery::spool::record::SpoolRecord;
use crate::delivery::spool::staged::StagedRecords;
use crate::delivery::spool::store::Store;
use crate::privacy::content::{Content, Policy};
use crate::privacy::masking::masker::Masker;

/// More is not staged while the disk refuses to take it; the queue's bounds hold then. Nor is more
/// written in one step when memory overflows, since requests under way wait for it.
const MAX_STAGED_BYTES: usize = 4 * 1024 * 1024;
/// A disk that fails is left alone for so long: opening the file anew reads all of it.
const RETRY_INTERVAL: Duration = Duration::from_secs(5);
/// So many records are read at a time.
const READ_AHEAD_RECORDS: usize = 512;

/// How much stays in memory before it goes to disk.
#[derive(Debug, Clone, Copy)]
pub(crate) struct MemoryLimit {
    pub(crate) events: usize,
    pub(crate) bytes: usize,
}

/// An event that is to be sent.
#[derive(Debug)]
pub(crate) struct UnsentRecord {
    pub(crate) number: u64,
    /// Its bytes in the spool.
    pub(crate) size: usize,
    pub(crate) json: Bytes,
}

/// The spool.
#[derive(Debug)]
pub(crate) struct DiskQueue {
    pub(super) store: Store,
    pub(super) config: Config,
    /// The policy now: what was written under a laxer one is made to fit.
    pub(super) content: Content,
    pub(super) masker: Arc<Masker>,
    /// Where events go to disk only when memory is full.
    pub(super) spill_threshold: Option<MemoryLimit>,
    /// Not yet on disk.
    pub(super) staged: StagedRecords,
    /// Settled, and still on disk.
    pub(super) removed: Vec<u64>,
    /// Read from disk, not yet handed out.
    pub(super) read_ahead: VecDeque<(u64, SpoolRecord)>,
    /// The next to be handed out.
    pub(super) next_unsent: u64,
    /// Bytes that wait, on disk or staged.
    pub(super) bytes: u64,
    /// Events that were found damaged, and not yet told.
    pub(super) damaged: u64,
    pub(super) committed_at: Instant,
    pub(super) failing: bool,
    pub(super) read_failed_at: Option<Instant>,
}

impl DiskQueue {
    /// Opens a spool; with `spill_above`, events go to disk only beyond that. Says what it holds,
    /// and where a damaged file was put.
    pub(crate) fn open(
        config: Config,
        spill_threshold: Option<MemoryLimit>,
        content: Content,
        masker: Arc<Masker>,
    ) -> Result<(Self, SpoolContents, Option<PathBuf>), OpenError> {
        let (store, found, damaged) = Store::open(&config.directory)?;
        let spool = Self {
            store,
            config,
            content,
            masker,
            spill_threshold,
            staged: StagedRecords::from(found.next),
            removed: Vec::new(),
            read_ahead: VecDeque::new(),
            next_unsent: found.first,
            bytes: found.bytes,
            damaged: 0,
            committed_at: Instant::now(),
            failing: false,
            read_failed_at: None,
        };
        Ok((spool, found, damaged))
    }

    /// Whether events can be added: not while the disk takes none that it should.
    pub(crate) fn can_stage(&self) -> bool {
        match self.spill_threshold {
            None => self.staged.bytes() < MAX_STAGED_BYTES,
            Some(limit) => self.staged.bytes() < limit.bytes && self.staged.slots() < limit.events,
        }
    }

    /// Whether memory is full, and the disk that should take what is there takes nothing for now.
    pub(crate) fn is_disk_stuck(&self) -> bool {
        self.spill_threshold.is_some() && self.failing && !self.can_stage()
    }

    /// Whether an event of so many bytes may be added.
    pub(crate) fn has_room(&self, bytes: usize) -> bool {
        self.bytes.saturating_add(bytes as u64) <= self.config.max_bytes
    }

    /// Whether a time in which there was no room is over.
    pub(crate) fn is_half_empty(&self) -> bool {
        self.bytes <= self.config.max_bytes / 2
    }

    /// Adds an event.
    pub(crate) fn add(&mut self, record: SpoolRecord) {
        self.bytes += record.json.len() as u64;
        self.staged.push(record);
    }

    /// The number that the next event will get.
    pub(crate) fn next_number(&self) -> u64 {
        self.staged.next()
    }

    /// The number of the first event that was not handed out.
    pub(crate) fn first_unsent(&self) -> u64 {
        self.next_unsent
    }

    /// The number below which everything is on disk, or has left it.
    pub(crate) fn committed(&self) -> u64 {
        self.staged.first()
    }

    /// Hands out the next event to be sent. `None` also while the disk cannot be read.
    pub(crate) fn take(&mut self) -> Option<UnsentRecord> {
        loop {
            let (number, record, from_disk) = self.next()?;
            self.next_unsent = number + 1;
            let size = record.json.len();
            // The file is checked when it is opened, and not at each look. One event that is none
            // would have a whole batch refused.
            if from_disk && !is_object(&record.json) {
                self.remove(number, size);
                self.damaged += 1;
                continue;
            }
            let json = if record.content < self.content {
                content_policy::apply_stricter(
                    self.policy(),
                    &record.content_properties,
                    &record.json,
                )
            } else {
                record.json
            };
            return Some(UnsentRecord { number, size, json });
        }
    }

    /// How many events were found damaged since this was last asked.
    pub(crate) fn take_damaged(&mut self) -> u64 {
        std::mem::take(&mut self.damaged)
    }

    fn next(&mut self) -> Option<(u64, SpoolRecord, bool)> {
        let committed = self.committed();
        if self.next_unsent < committed && self.read_ahead.is_empty() {
            if self
                .read_failed_at
                .is_some_and(|since| since.elapsed() < RETRY_INTERVAL)
            {
                return None;
            }
            match self
                .store
                .read(self.next_unsent, committed, READ_AHEAD_RECORDS)
            {
                Ok(records) => {
                    self.read_ahead = records.into();
                    self.read_failed_at = None;
                }
                Err(error) => {
                    self.read_failed_at = Some(Instant::now());
                    self.log_failure(&error);
                    return None;
                }
            }
            if self.read_ahead.is_empty() {
                // Nothing is there: a gap that settled events left.
                self.next_unsent = committed;
            }
        }
        if let Some((number, record)) = self.read_ahead.pop_front() {
            return Some((number, record, true));
        }
        Some((
            self.next_unsent,
            self.staged.get(self.next_unsent)?.clone(),
            false,
        ))
    }

    fn policy(&self) -> Policy<'_> {
        Policy {
            content: self.content,
            masker: &self.masker,
        }
    }

    /// The fate of an event of so many bytes is known.
    pub(crate) fn remove(&mut self, number: u64, bytes: usize) {
        self.bytes = self.bytes.saturating_sub(bytes as u64);
        if !self.staged.remove(number) {
            self.removed.push(number);
        }
    }

    /// Writes what should be on disk by now: all if someone waits for that, or if there is a pause
    /// to do so or it is time; of what stays in memory, what exceeds its limit.
    pub(crate) fn commit_if_due(&mut self, wanted: bool, pause: bool) {
        let interval = if self.failing {
            // A disk that fails gets a rest.
            self.config.commit_interval.max(RETRY_INTERVAL)
        } else {
            self.config.commit_interval
        };
        let due = self.committed_at.elapsed() >= interval;
        let spills = self.spill_threshold.filter(|_| !wanted);
        let (soon, end) = match spills {
            None => (wanted || pause, self.staged.next()),
            Some(_) if self.can_stage() => (false, self.staged.first()),
            Some(MemoryLimit { events, bytes }) => {
                let bytes = (bytes / 2).clamp(1, MAX_STAGED_BYTES);
                (true, self.staged.end_within(bytes, events.div_ceil(2)))
            }
        };
        // Removals alone can wait.
        if due || (soon && !self.failing && end > self.staged.first()) {
            self.commit_below(end);
        }
    }

    /// Writes all that is staged.
    pub(crate) fn commit(&mut self) {
        self.commit_below(self.staged.next());
    }

    fn commit_below(&mut self, end: u64) {
        if end <= self.staged.first() && self.removed.is_empty() {
            return;
        }
        self.committed_at = Instant::now();
        self.removed.sort_unstable();
        let removed = self.removed.iter().copied();
        match self.store.commit(self.staged.below(end), removed) {
            Ok(()) => {
                self.staged.written(end);
                self.removed.clear();
                if std::mem::take(&mut self.failing) {
                    tracing::info!("the spool is written again");
                }
            }
            Err(error) => self.log_failure(&error),
        }
    }

    /// How many events have no fate yet and are not on disk.
    pub(crate) fn unwritten(&self) -> u64 {
        self.staged.unwritten() as u64
    }

    fn log_failure(&mut self, error: &redb::Error) {
        if !std::mem::replace(&mut self.failing, true) {
            tracing::warn!(
                %error,
                directory = %self.config.directory.display(),
                "the spool cannot be written or read: copilot events wait in memory"
            );
        }
    }
}

fn is_object(json: &[u8]) -> bool {
    json.first() == Some(&b'{') && serde_json::from_slice::<serde::de::IgnoredAny>(json).is_ok()
}
