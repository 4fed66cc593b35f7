//! Reads and writes records in the spool's file, and reopens the file after an error.

use std::fs;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use redb::{Database, ReadableDatabase as _, ReadableTable as _};

use crate::delivery::spool::open::{
    EVENTS, FILE, OpenError, OpenFailure, SpoolContents, is_full, open,
};
use crate::delivery::spool::quarantine::quarantine;
use crate::delivery::spool::record::SpoolRecord;
use crate::privacy::content::Content;

/// The spool's file.
#[derive(Debug)]
pub(crate) struct Store {
    path: PathBuf,
    /// `None` after an error, until the file is opened again.
    database: Option<Database>,
    /// Whether the file has not been read yet.
    unread: bool,
    /// The difference between a record's sequence number in the file and the one in this process.
    /// It is greater than zero only if the file was opened late and already contained events.
    base: u64,
}

impl Store {
    /// Opens the store in a directory. A damaged file is not an error. It is renamed, and the
    /// result contains its new path.
    pub(crate) fn open(
        directory: &Path,
    ) -> Result<(Self, SpoolContents, Option<PathBuf>), OpenError> {
        fs::create_dir_all(directory).map_err(OpenError::Io)?;
        let path = directory.join(FILE);
        let mut damaged = None;
        let (database, found) = match open(&path) {
            Ok((database, found)) => (Some(database), found),
            // A full disk is not an error either. The file is opened when there is room.
            Err(OpenFailure::Io(error)) if is_full(&error) => {
                tracing::warn!(%error, file = %path.display(), "the disk has no room for the spool");
                (None, SpoolContents::default())
            }
            Err(OpenFailure::InUse) => return Err(OpenError::InUse),
            Err(OpenFailure::Newer) => return Err(OpenError::Newer),
            Err(OpenFailure::Io(error)) => return Err(OpenError::Io(error)),
            Err(OpenFailure::Damaged) => {
                damaged = Some(quarantine(&path).map_err(OpenError::Io)?);
                let (database, found) = open(&path).map_err(|refused| match refused {
                    OpenFailure::InUse => OpenError::InUse,
                    OpenFailure::Io(error) => OpenError::Io(error),
                    OpenFailure::Damaged | OpenFailure::Newer => {
                        OpenError::Io(io::Error::other("the new file is damaged"))
                    }
                })?;
                (Some(database), found)
            }
        };
        let store = Self {
            path,
            unread: database.is_none(),
            database,
            base: 0,
        };
        Ok((store, found, damaged))
    }

    /// Creates a store whose file could not be opened yet, for example because the disk is full.
    #[cfg(test)]
    pub(crate) fn unread(directory: &Path) -> Self {
        Self {
            path: directory.join(FILE),
            database: None,
            unread: true,
            base: 0,
        }
    }

    /// Adds and removes records in one transaction, which is on disk when this method returns.
    pub(crate) fn commit<'a>(
        &mut self,
        added: impl Iterator<Item = (u64, &'a SpoolRecord)>,
        removed: impl Iterator<Item = u64>,
    ) -> Result<(), redb::Error> {
        self.recreate_if_deleted()?;
        let result = self.with_database(|database, base| {
            let transaction = database.begin_write()?;
            {
                let mut events = transaction.open_table(EVENTS)?;
                for (number, record) in added {
                    let content = record.content.level();
                    let content_properties = record.content_properties.as_str();
                    events.insert(base + number, (content, content_properties, &*record.json))?;
                }
                for number in removed {
                    events.remove(base + number)?;
                }
            }
            transaction.commit()?;
            Ok(())
        });
        if result.is_err() {
            // After an I/O error, the file must be opened again.
            self.database = None;
        }
        result
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
            for entry in events.range(base + first..base + end)?.take(count) {
                let (number, value) = entry?;
                let (content, content_properties, json) = value.value();
                let content = Content::of_level(content);
                let record = SpoolRecord {
                    content,
                    content_properties: content_properties.to_owned(),
                    json: Bytes::copy_from_slice(json),
                };
                records.push((number.value() - base, record));
            }
            Ok(records)
        });
        if result.is_err() {
            self.database = None;
        }
        result
    }

    /// Calls `work` with the open file. A panic is returned as an error, so that it does not reach
    /// the delivery thread.
    fn with_database<T>(
        &mut self,
        work: impl FnOnce(&Database, u64) -> Result<T, redb::Error>,
    ) -> Result<T, redb::Error> {
        let database = match self.database.take() {
            Some(database) => database,
            None => self.reopen()?,
        };
        let base = self.base;
        let result = catch_panic(|| work(&database, base));
        self.database = Some(database);
        result
    }

    fn reopen(&mut self) -> Result<Database, redb::Error> {
        make_directory_of(&self.path)?;
        let (database, found) = open(&self.path)?;
        if std::mem::take(&mut self.unread) {
            // Events from an earlier process must not be overwritten. They are sent by the next
            // process.
            self.base = found.next;
        }
        Ok(database)
    }

    /// Copies all events into a new file if the file was deleted. The deleted file can still be
    /// read, but would be lost when the process ends.
    fn recreate_if_deleted(&mut self) -> Result<(), redb::Error> {
        let Some(old) = &self.database else {
            return Ok(());
        };
        if self.path.exists() {
            return Ok(());
        }
        make_directory_of(&self.path)?;
        let (new, _) = open(&self.path)?;
        if let Err(error) = catch_panic(|| copy(old, &new)) {
            drop(new);
            let _ = fs::remove_file(&self.path);
            return Err(error);
        }
        tracing::warn!(file = %self.path.display(), "the spool's file was deleted and has been recreated");
        self.database = Some(new);
        Ok(())
    }
}

fn catch_panic<T>(work: impl FnOnce() -> Result<T, redb::Error>) -> Result<T, redb::Error> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| {
        Err(redb::Error::Corrupted(
            "a panic occurred while the file was accessed".to_owned(),
        ))
    })
}

fn make_directory_of(path: &Path) -> io::Result<()> {
    path.parent().map_or(Ok(()), fs::create_dir_all)
}

/// Copies all events, a limited number at a time.
fn copy(from: &Database, to: &Database) -> Result<(), redb::Error> {
    const STEP: usize = 1_024;
    let events = from.begin_read()?.open_table(EVENTS)?;
    let mut entries = events.iter()?.peekable();
    while entries.peek().is_some() {
        let transaction = to.begin_write()?;
        {
            let mut events = transaction.open_table(EVENTS)?;
            for entry in entries.by_ref().take(STEP) {
                let (number, value) = entry?;
                events.insert(number.value(), value.value())?;
            }
        }
        transaction.commit()?;
    }
    Ok(())
}
