//! The file: a table of records, and what it takes to open it whatever state it is in.

use std::fs;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use redb::{Database, ReadableDatabase as _, ReadableTable as _};

use crate::delivery::spool::open::{
    EVENTS, FILE, OpenError, OpenFailure, SpoolContents, is_full, open, quarantine_path,
};
use crate::delivery::spool::record::SpoolRecord;
use crate::privacy::content::Content;
/// The open file.
#[derive(Debug)]
pub(crate) struct Store {
    path: PathBuf,
    /// `None` after an error, until it is opened anew.
    database: Option<Database>,
    /// Whether the file could not be looked into so far.
    unread: bool,
    /// What numbers begin at in the file, if it held some when it was first looked into.
    base: u64,
}

impl Store {
    /// Opens the store of a directory. A file that is damaged is put aside: it is never a reason
    /// not to start. Says where it was put.
    pub(crate) fn open(
        directory: &Path,
    ) -> Result<(Self, SpoolContents, Option<PathBuf>), OpenError> {
        fs::create_dir_all(directory).map_err(OpenError::Io)?;
        let path = directory.join(FILE);
        let mut damaged = None;
        let (database, found) = match open(&path) {
            Ok((database, found)) => (Some(database), found),
            // A full disk is no reason not to start either: the store is opened when there is room.
            Err(OpenFailure::Io(error)) if is_full(&error) => {
                tracing::warn!(%error, file = %path.display(), "the disk has no room for the spool");
                (None, SpoolContents::default())
            }
            Err(OpenFailure::InUse) => return Err(OpenError::InUse),
            Err(OpenFailure::Newer) => return Err(OpenError::Newer),
            Err(OpenFailure::Io(error)) => return Err(OpenError::Io(error)),
            Err(OpenFailure::Damaged) => {
                let quarantined = quarantine_path(&path);
                fs::rename(&path, &quarantined).map_err(OpenError::Io)?;
                damaged = Some(quarantined);
                let (database, found) = open(&path).map_err(|refused| match refused {
                    OpenFailure::InUse => OpenError::InUse,
                    OpenFailure::Io(error) => OpenError::Io(error),
                    OpenFailure::Damaged | OpenFailure::Newer => {
                        OpenError::Io(io::Error::other("a new file is damaged at once"))
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

    /// As after a start with a full disk.
    #[cfg(test)]
    pub(crate) fn unread(directory: &Path) -> Self {
        Self {
            path: directory.join(FILE),
            database: None,
            unread: true,
            base: 0,
        }
    }

    /// Adds and removes records in one step that is on disk when this returns.
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
            // After an error of the disk the file must be opened anew.
            self.database = None;
        }
        result
    }

    /// Up to `count` records from `first` on, and below `end`.
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

    /// The store must not panic into the delivery thread, whatever the disk does.
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
            // What an earlier process left there waits for the next start, and is not overwritten.
            self.base = found.next;
        }
        Ok(database)
    }

    /// A file that was deleted beneath us can still be read, and would be gone with the process:
    /// its events go into a new one.
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
        tracing::warn!(file = %self.path.display(), "the spool's file was gone: it was written anew");
        self.database = Some(new);
        Ok(())
    }
}

fn catch_panic<T>(work: impl FnOnce() -> Result<T, redb::Error>) -> Result<T, redb::Error> {
    catch_unwind(AssertUnwindSafe(work))
        .unwrap_or_else(|_| Err(redb::Error::Corrupted("reading it panicked".to_owned())))
}

fn make_directory_of(path: &Path) -> io::Result<()> {
    path.parent().map_or(Ok(()), fs::create_dir_all)
}

/// Copies all events, so many at a time that they fit into memory.
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
