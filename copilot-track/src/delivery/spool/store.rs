//! Reads and writes records in the spool's file, and reopens the file after an error.

use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use bytes::Bytes;
use redb::{Database, ReadableDatabase as _, ReadableTable as _};

use crate::delivery::spool::lock::DirectoryLock;
use crate::delivery::spool::open::{
    EVENTS, FILE, OpenError, OpenFailure, OpenFile, SpoolContents, is_full, open,
};
use crate::delivery::spool::quarantine::quarantine;
use crate::delivery::spool::record::SpoolRecord;
use crate::delivery::spool::retry_table::{Entry, RETRIES};
use crate::privacy::content::Content;
use crate::util::panics;
use crate::util::reentrancy;

/// The number of the first record if the file could not be opened at the start. Records that are
/// found in the file later get lower numbers.
const FIRST_IF_UNREAD: u64 = 1 << 62;
/// How long to wait between two attempts to lock the directory.
const LOCK_INTERVAL: Duration = Duration::from_millis(20);

/// The spool's file.
#[derive(Debug)]
pub(crate) struct Store {
    directory: PathBuf,
    pub(super) path: PathBuf,
    /// `None` until the directory can be locked.
    pub(super) lock: Option<DirectoryLock>,
    /// `None` after an error, until the file is opened again.
    pub(super) file: Option<OpenFile>,
    /// Whether the file may contain records that are not numbered in this process.
    pub(super) unread: bool,
    /// The difference between a record's sequence number in the file and the one in this process.
    /// Additions and subtractions wrap.
    pub(super) base: u64,
    /// The lowest sequence number in this process.
    pub(super) lowest: u64,
    adopted: Option<SpoolContents>,
}

impl Store {
    /// Opens the store in a directory. If another tracker uses the directory, waits for up to
    /// `wait`. A damaged file is not an error. It is renamed, and the result contains its new path.
    pub(crate) fn open(
        directory: &Path,
        wait: Duration,
    ) -> Result<(Self, SpoolContents, Option<PathBuf>), OpenError> {
        let start = Instant::now();
        loop {
            match Self::try_open(directory) {
                Err(OpenError::InUse) if start.elapsed() < wait => {
                    thread::sleep(LOCK_INTERVAL.min(wait.saturating_sub(start.elapsed())));
                }
                opened => return opened,
            }
        }
    }

    fn try_open(directory: &Path) -> Result<(Self, SpoolContents, Option<PathBuf>), OpenError> {
        let (mut store, unread) = Self::unread(directory);
        let mut damaged = None;
        let found = match store.open_first(&mut damaged) {
            Ok(found) => found,
            // A full disk is not an error either. The file is opened when there is room.
            Err(OpenFailure::Io(error)) if is_full(&error) => {
                reentrancy::log(|| {
                    tracing::warn!(
                        %error,
                        file = %store.path.display(),
                        "the disk has no room for the spool: copilot events wait in memory"
                    );
                });
                unread
            }
            Err(OpenFailure::InUse) => return Err(OpenError::InUse),
            Err(OpenFailure::Newer) => return Err(OpenError::Newer),
            Err(OpenFailure::Io(error)) => return Err(OpenError::Io(error)),
            Err(OpenFailure::Damaged) => {
                return Err(OpenError::Io(io::Error::other("the new file is damaged")));
            }
        };
        Ok((store, found, damaged))
    }

    /// Creates a store whose file is opened later. The contents of the file are not known yet.
    pub(super) fn unread(directory: &Path) -> (Self, SpoolContents) {
        let store = Self {
            directory: directory.to_owned(),
            path: directory.join(FILE),
            lock: None,
            file: None,
            unread: true,
            base: 0,
            lowest: FIRST_IF_UNREAD,
            adopted: None,
        };
        let contents = SpoolContents {
            first: FIRST_IF_UNREAD,
            next: FIRST_IF_UNREAD,
            ..SpoolContents::default()
        };
        (store, contents)
    }

    /// Locks the directory and opens the file. The records keep the numbers that they have in the
    /// file.
    fn open_first(&mut self, damaged: &mut Option<PathBuf>) -> Result<SpoolContents, OpenFailure> {
        self.lock_directory()?;
        let (file, found) = match open(&self.path) {
            Err(OpenFailure::Damaged) => {
                *damaged = Some(quarantine(&self.path).map_err(OpenFailure::Io)?);
                open(&self.path)
            }
            opened => opened,
        }?;
        self.file = Some(file);
        self.unread = false;
        self.lowest = found.first;
        Ok(found)
    }

    /// Takes the directory's lock, unless this process already holds it.
    pub(super) fn lock_directory(&mut self) -> Result<(), OpenFailure> {
        if let Some(lock) = &mut self.lock {
            lock.add_lock_file();
        }
        if !self.lock.as_ref().is_some_and(DirectoryLock::is_current) {
            self.lock = Some(DirectoryLock::acquire(&self.directory)?);
            // Another process may have used the directory in the meantime.
            self.unread = true;
        }
        Ok(())
    }

    /// Returns the records that an earlier process left in the file if the file was opened late.
    pub(crate) fn take_adopted(&mut self) -> Option<SpoolContents> {
        self.adopted.take()
    }

    /// Returns the number that a record has in the file.
    pub(super) fn in_file(&self, number: u64) -> u64 {
        number.wrapping_add(self.base)
    }

    /// Adds and removes records in one transaction, which is on disk when this method returns.
    /// Records with numbers in `uncertain` are removed unless they are added. After an error, the
    /// records may have been added.
    pub(crate) fn commit<'a>(
        &mut self,
        uncertain: &Range<u64>,
        added: impl Iterator<Item = (u64, &'a SpoolRecord)>,
        removed: impl Iterator<Item = u64>,
        retries: impl Iterator<Item = (u64, Option<Entry>)>,
    ) -> Result<(), redb::Error> {
        // If another process uses the directory, nothing must be written: the records would be
        // copied into the new file later, even if they are delivered in the meantime.
        self.recreate_if_deleted()?;
        if let Some(lock) = &mut self.lock {
            lock.add_lock_file();
        }
        let result = self.with_database(|database, base| {
            let transaction = database.begin_write()?;
            {
                let mut events = transaction.open_table(EVENTS)?;
                if !uncertain.is_empty() {
                    let Range { start, end } = *uncertain;
                    let range = start.wrapping_add(base)..end.wrapping_add(base);
                    events.retain_in(range, |_, _| false)?;
                }
                for (number, record) in added {
                    let content = record.content.level();
                    let content_properties = record.content_properties.as_str();
                    let number = number.wrapping_add(base);
                    events.insert(number, (content, content_properties, &*record.json))?;
                }
                for number in removed {
                    events.remove(number.wrapping_add(base))?;
                }
                let mut table = transaction.open_table(RETRIES)?;
                for (first, entry) in retries {
                    match entry {
                        Some(entry) => table.insert(first.wrapping_add(base), entry.row(base))?,
                        None => table.remove(first.wrapping_add(base))?,
                    };
                }
            }
            transaction.commit()?;
            Ok(())
        });
        if result.is_err() {
            // After an I/O error, the file must be opened again.
            self.file = None;
            return result;
        }
        // The file may have been deleted in the meantime. A deleted file can still be written, but
        // would be lost when the process ends.
        self.recreate_if_deleted()
    }

    /// Reads the stored retries. Without them, the batches start with full limits.
    pub(crate) fn read_retries(&self) -> Vec<(u64, Entry)> {
        let Some(file) = &self.file else {
            return Vec::new();
        };
        let stored = catch_panic(|| retries_in(&file.database)).unwrap_or_else(|error| {
            reentrancy::log(|| {
                tracing::debug!(%error, "the retries in the spool cannot be read");
            });
            Vec::new()
        });
        let base = self.base;
        let numbered = |(first, entry): (u64, Entry)| {
            let end = entry.end.wrapping_sub(base);
            (first.wrapping_sub(base), Entry { end, ..entry })
        };
        stored.into_iter().map(numbered).collect()
    }

    /// Reads up to `count` records whose numbers are in `first..end`.
    pub(crate) fn read(
        &mut self,
        first: u64,
        end: u64,
        count: usize,
    ) -> Result<Vec<(u64, SpoolRecord)>, redb::Error> {
        let result = self.with_database(|database, base| {
            let events = database.begin_read()?.open_table(EVENTS)?;
            let mut records = Vec::new();
            let range = first.wrapping_add(base)..end.wrapping_add(base);
            for entry in events.range(range)?.take(count) {
                let (number, value) = entry?;
                let (content, content_properties, json) = value.value();
                let content = Content::of_level(content);
                let record = SpoolRecord {
                    content,
                    content_properties: content_properties.to_owned(),
                    json: Bytes::copy_from_slice(json),
                };
                records.push((number.value().wrapping_sub(base), record));
            }
            Ok(records)
        });
        if result.is_err() {
            self.file = None;
        }
        result
    }

    /// Calls `work` with the open file. A panic is returned as an error, so that it does not reach
    /// the delivery thread.
    fn with_database<T>(
        &mut self,
        work: impl FnOnce(&Database, u64) -> Result<T, redb::Error>,
    ) -> Result<T, redb::Error> {
        let file = match self.file.take() {
            Some(file) => file,
            None => self.reopen()?,
        };
        let base = self.base;
        let result = catch_panic(|| work(&file.database, base));
        self.file = Some(file);
        result
    }

    fn reopen(&mut self) -> Result<OpenFile, redb::Error> {
        self.lock_directory()?;
        let (file, found) = open(&self.path)?;
        if self.unread {
            self.base = self.base_behind(&found);
            self.adopt(found);
        }
        Ok(file)
    }

    /// Returns the base with which this process's records come after those in a file.
    pub(super) fn base_behind(&self, found: &SpoolContents) -> u64 {
        found.next.wrapping_sub(self.lowest)
    }

    /// Numbers the records that other processes left in the file, so that they can be sent.
    pub(super) fn adopt(&mut self, found: SpoolContents) {
        self.unread = false;
        if found.events == 0 {
            return;
        }
        let next = self.lowest;
        let Some(first) = next.checked_sub(found.next - found.first) else {
            reentrancy::log(|| {
                tracing::warn!(
                    events = found.events,
                    "events of another process are in the spool: they are sent after the next start"
                );
            });
            return;
        };
        self.lowest = first;
        self.adopted = Some(SpoolContents {
            first,
            next,
            ..found
        });
    }
}

pub(super) fn catch_panic<T>(
    work: impl FnOnce() -> Result<T, redb::Error>,
) -> Result<T, redb::Error> {
    panics::catch(work).unwrap_or_else(|| {
        Err(redb::Error::Corrupted(
            "a panic occurred while the file was accessed".to_owned(),
        ))
    })
}

pub(super) fn retries_in(database: &Database) -> Result<Vec<(u64, Entry)>, redb::Error> {
    let table = match database.begin_read()?.open_table(RETRIES) {
        Ok(table) => table,
        Err(redb::TableError::TableDoesNotExist(_)) => return Ok(Vec::new()),
        Err(error) => return Err(error.into()),
    };
    let mut entries = Vec::new();
    for entry in table.iter()? {
        let (first, row) = entry?;
        entries.push((first.value(), row.value().into()));
    }
    Ok(entries)
}
