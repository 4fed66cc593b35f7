//! Events on disk until their fate is known.
//!
//! What becomes JSON is staged in memory and written together with others. Batches are filled from
//! what is staged and, after an outage or a restart, from the file. An event is removed when its
//! fate is known; a crash in between sends it again under the same envelope id.

mod policy;
mod store;

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;

#[cfg(any(fuzzing, all(test, not(shuttle))))]
pub(super) use self::policy::apply as apply_policy;
use self::store::Store;
pub(crate) use self::store::{Found, OpenError};
use crate::content::{Content, Policy};
use crate::privacy::Masker;
use crate::spool_config::Spool as Config;

/// More is not staged while the disk refuses to take it; the queue's bounds hold then.
const MAX_STAGED_BYTES: usize = 4 * 1024 * 1024;
/// A disk that fails is left alone for so long: opening the file anew reads all of it.
const REST: Duration = Duration::from_secs(5);
/// So many records are read at a time.
const READ_AHEAD: usize = 512;

/// An event as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Record {
    /// The policy that was applied to it.
    pub(crate) content: Content,
    /// The properties that hold what was said, a line each.
    pub(crate) said: String,
    pub(crate) json: Bytes,
}

/// An event that is to be sent.
#[derive(Debug)]
pub(crate) struct Next {
    pub(crate) number: u64,
    /// Its bytes in the spool.
    pub(crate) size: usize,
    pub(crate) json: Bytes,
}

/// The spool.
#[derive(Debug)]
pub(crate) struct Spool {
    store: Store,
    config: Config,
    /// The policy now: what was written under a laxer one is made to fit.
    content: Content,
    masker: Arc<Masker>,
    /// Not yet on disk.
    staged: VecDeque<(u64, Record)>,
    staged_bytes: usize,
    /// Settled, and still on disk.
    removed: Vec<u64>,
    /// Read from disk, not yet handed out.
    ahead: VecDeque<(u64, Record)>,
    /// The next to be handed out.
    cursor: u64,
    /// The next to be given.
    next: u64,
    /// Bytes that wait, on disk or staged.
    bytes: u64,
    committed_at: Instant,
    failing: bool,
    unreadable_since: Option<Instant>,
}

impl Spool {
    /// Opens a spool. Says what it holds, and where a damaged file was put.
    pub(crate) fn open(
        config: Config,
        content: Content,
        masker: Arc<Masker>,
    ) -> Result<(Self, Found, Option<PathBuf>), OpenError> {
        let (store, found, damaged) = Store::open(&config.directory)?;
        let spool = Self {
            store,
            config,
            content,
            masker,
            staged: VecDeque::new(),
            staged_bytes: 0,
            removed: Vec::new(),
            ahead: VecDeque::new(),
            cursor: found.first,
            next: found.next,
            bytes: found.bytes,
            committed_at: Instant::now(),
            failing: false,
            unreadable_since: None,
        };
        Ok((spool, found, damaged))
    }

    /// Whether events can be added: not while the disk takes none.
    pub(crate) fn is_open(&self) -> bool {
        self.staged_bytes < MAX_STAGED_BYTES
    }

    /// Whether an event of so many bytes may be added.
    pub(crate) fn has_room(&self, bytes: usize) -> bool {
        self.bytes.saturating_add(bytes as u64) <= self.config.max_bytes
    }

    /// Adds an event.
    pub(crate) fn add(&mut self, record: Record) {
        self.staged_bytes += record.json.len();
        self.bytes += record.json.len() as u64;
        self.staged.push_back((self.next, record));
        self.next += 1;
    }

    /// The number that the next event will get.
    pub(crate) fn next_number(&self) -> u64 {
        self.next
    }

    /// The number of the first event that was not handed out.
    pub(crate) fn first_unsent(&self) -> u64 {
        self.cursor
    }

    /// The number below which everything is on disk, or has left it.
    pub(crate) fn committed(&self) -> u64 {
        self.staged.front().map_or(self.next, |(number, _)| *number)
    }

    /// Hands out the next event to be sent. `None` also while the disk cannot be read.
    pub(crate) fn take(&mut self) -> Option<Next> {
        let committed = self.committed();
        if self.cursor < committed && self.ahead.is_empty() {
            if self
                .unreadable_since
                .is_some_and(|since| since.elapsed() < REST)
            {
                return None;
            }
            match self.store.read(self.cursor, committed, READ_AHEAD) {
                Ok(records) => {
                    self.ahead = records.into();
                    self.unreadable_since = None;
                }
                Err(error) => {
                    self.unreadable_since = Some(Instant::now());
                    self.fails(&error);
                    return None;
                }
            }
            if self.ahead.is_empty() {
                // Nothing is there: a gap that settled events left.
                self.cursor = committed;
            }
        }
        let (number, record) = if let Some(read) = self.ahead.pop_front() {
            read
        } else {
            let index = usize::try_from(self.cursor.checked_sub(committed)?).ok()?;
            self.staged.get(index)?.clone()
        };
        self.cursor = number + 1;
        let size = record.json.len();
        let json = if record.content < self.content {
            policy::apply(self.policy(), &record.said, &record.json)
        } else {
            record.json
        };
        Some(Next { number, size, json })
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
        self.removed.push(number);
    }

    /// Writes what is staged if there is a pause to do so, or it is time.
    pub(crate) fn commit_if_due(&mut self, pause: bool) {
        // Removals can wait, and a disk that fails gets a rest.
        let soon = pause && !self.staged.is_empty() && !self.failing;
        let interval = if self.failing {
            self.config.commit_interval.max(REST)
        } else {
            self.config.commit_interval
        };
        if soon || self.committed_at.elapsed() >= interval {
            self.commit();
        }
    }

    /// Writes what is staged.
    pub(crate) fn commit(&mut self) {
        if self.staged.is_empty() && self.removed.is_empty() {
            return;
        }
        self.committed_at = Instant::now();
        self.removed.sort_unstable();
        let removed = &self.removed;
        let gone = |number: &u64| removed.binary_search(number).is_ok();
        // What was settled before it was written never touches the disk.
        let added = self
            .staged
            .iter()
            .filter(|(number, _)| !gone(number))
            .map(|(number, record)| (*number, record));
        let written = self.committed();
        let on_disk = removed.iter().copied().filter(|number| *number < written);
        match self.store.commit(added, on_disk) {
            Ok(()) => {
                self.staged.clear();
                self.staged_bytes = 0;
                self.removed.clear();
                if std::mem::take(&mut self.failing) {
                    tracing::info!("the spool is written again");
                }
            }
            Err(error) => {
                self.fails(&error);
                self.forget_settled();
            }
        }
    }

    /// While the disk takes nothing, what is settled must not keep others from being staged.
    pub(crate) fn forget_settled(&mut self) {
        if !self.failing {
            return;
        }
        self.removed.sort_unstable();
        while let Some((number, record)) = self.staged.front() {
            if *number >= self.cursor || self.removed.binary_search(number).is_err() {
                break;
            }
            self.staged_bytes -= record.json.len();
            self.staged.pop_front();
        }
    }

    /// How many events have no fate yet and are not on disk.
    pub(crate) fn unwritten(&self) -> u64 {
        let waits = |number: &u64| !self.removed.contains(number);
        self.staged
            .iter()
            .filter(|(number, _)| waits(number))
            .count() as u64
    }

    fn fails(&mut self, error: &redb::Error) {
        if !std::mem::replace(&mut self.failing, true) {
            tracing::warn!(
                %error,
                directory = %self.config.directory.display(),
                "the spool cannot be written or read: copilot events wait in memory"
            );
        }
    }
}

#[cfg(test)]
mod tests;
