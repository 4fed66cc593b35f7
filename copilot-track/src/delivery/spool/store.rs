//! The file: a table of records, and what it takes to open it whatever state it is in.

use std::fs;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use bytes::Bytes;
use redb::{Database, ReadableDatabase as _, ReadableTable as _, TableDefinition};

use crate::delivery::spool::record::Record;
use crate::privacy::content::Content;

/// Number → the level of the content policy that was applied, the properties that it is about,
/// JSON.
const EVENTS: TableDefinition<'static, u64, (u8, &str, &[u8])> = TableDefinition::new("events");
/// What the file is.
const META: TableDefinition<'static, &str, u64> = TableDefinition::new("meta");
/// Stands in `META` under [`FORMAT_KEY`]. A file that was written by a newer version is left alone.
const FORMAT: u64 = 1;
const FORMAT_KEY: &str = "format";
const FILE: &str = "events.redb";
/// A file that is larger, and mostly empty, is made smaller when it is opened.
pub(super) const LARGE_BYTES: u64 = 16 * 1024 * 1024;
/// No spool gets there by counting.
const MAX_NUMBER: u64 = 1 << 62;
/// Pages kept in memory. Events are written once and read once, so more would save nothing.
const CACHE_BYTES: usize = 1024 * 1024;

/// Why a spool's directory cannot be used.
#[derive(Debug)]
pub(crate) enum OpenError {
    InUse,
    /// A newer version of this crate has written it.
    Newer,
    Io(io::Error),
}

/// The open file.
#[derive(Debug)]
pub(crate) struct Store {
    path: PathBuf,
    /// `None` after an error, until it is opened anew.
    database: Option<Database>,
    /// Whether the file could not be looked into so far.
    unseen: bool,
    /// What numbers begin at in the file, if it held some when it was first looked into.
    base: u64,
}

/// What a store was found to hold.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) events: u64,
    pub(crate) bytes: u64,
    pub(crate) first: u64,
    /// The number after the last.
    pub(crate) next: u64,
}

impl Store {
    /// Opens the store of a directory. A file that is damaged is put aside: it is never a reason
    /// not to start. Says where it was put.
    pub(crate) fn open(directory: &Path) -> Result<(Self, Found, Option<PathBuf>), OpenError> {
        fs::create_dir_all(directory).map_err(OpenError::Io)?;
        let path = directory.join(FILE);
        let mut damaged = None;
        let (database, found) = match open(&path) {
            Ok((database, found)) => (Some(database), found),
            // A full disk is no reason not to start either: the store is opened when there is room.
            Err(Refused::Io(error)) if is_full(&error) => {
                tracing::warn!(%error, file = %path.display(), "the disk has no room for the spool");
                (None, Found::default())
            }
            Err(Refused::InUse) => return Err(OpenError::InUse),
            Err(Refused::Newer) => return Err(OpenError::Newer),
            Err(Refused::Io(error)) => return Err(OpenError::Io(error)),
            Err(Refused::Damaged) => {
                let aside = aside(&path);
                fs::rename(&path, &aside).map_err(OpenError::Io)?;
                damaged = Some(aside);
                let (database, found) = open(&path).map_err(|refused| match refused {
                    Refused::InUse => OpenError::InUse,
                    Refused::Io(error) => OpenError::Io(error),
                    Refused::Damaged | Refused::Newer => {
                        OpenError::Io(io::Error::other("a new file is damaged at once"))
                    }
                })?;
                (Some(database), found)
            }
        };
        let store = Self {
            path,
            unseen: database.is_none(),
            database,
            base: 0,
        };
        Ok((store, found, damaged))
    }

    /// As after a start with a full disk.
    #[cfg(test)]
    pub(crate) fn unseen(directory: &Path) -> Self {
        Self {
            path: directory.join(FILE),
            database: None,
            unseen: true,
            base: 0,
        }
    }

    /// Adds and removes records in one step that is on disk when this returns.
    pub(crate) fn commit<'a>(
        &mut self,
        added: impl Iterator<Item = (u64, &'a Record)>,
        removed: impl Iterator<Item = u64>,
    ) -> Result<(), redb::Error> {
        self.rescue()?;
        let result = self.attempt(|database, base| {
            let transaction = database.begin_write()?;
            {
                let mut events = transaction.open_table(EVENTS)?;
                for (number, record) in added {
                    let content = record.content.level();
                    let said = record.said.as_str();
                    events.insert(base + number, (content, said, &*record.json))?;
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
    ) -> Result<Vec<(u64, Record)>, redb::Error> {
        let result = self.attempt(|database, base| {
            let events = database.begin_read()?.open_table(EVENTS)?;
            let mut records = Vec::new();
            for entry in events.range(base + first..base + end)?.take(count) {
                let (number, value) = entry?;
                let (content, said, json) = value.value();
                let content = Content::of_level(content);
                let record = Record {
                    content,
                    said: said.to_owned(),
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
    fn attempt<T>(
        &mut self,
        work: impl FnOnce(&Database, u64) -> Result<T, redb::Error>,
    ) -> Result<T, redb::Error> {
        let database = match self.database.take() {
            Some(database) => database,
            None => self.open_anew()?,
        };
        let base = self.base;
        let result = guarded(|| work(&database, base));
        self.database = Some(database);
        result
    }

    fn open_anew(&mut self) -> Result<Database, redb::Error> {
        make_directory_of(&self.path)?;
        let (database, found) = open(&self.path)?;
        if std::mem::take(&mut self.unseen) {
            // What an earlier process left there waits for the next start, and is not overwritten.
            self.base = found.next;
        }
        Ok(database)
    }

    /// A file that was deleted beneath us can still be read, and would be gone with the process:
    /// its events go into a new one.
    fn rescue(&mut self) -> Result<(), redb::Error> {
        let Some(old) = &self.database else {
            return Ok(());
        };
        if self.path.exists() {
            return Ok(());
        }
        make_directory_of(&self.path)?;
        let (new, _) = open(&self.path)?;
        if let Err(error) = guarded(|| copy(old, &new)) {
            drop(new);
            let _ = fs::remove_file(&self.path);
            return Err(error);
        }
        tracing::warn!(file = %self.path.display(), "the spool's file was gone: it was written anew");
        self.database = Some(new);
        Ok(())
    }
}

fn guarded<T>(work: impl FnOnce() -> Result<T, redb::Error>) -> Result<T, redb::Error> {
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

enum Refused {
    InUse,
    Damaged,
    Newer,
    Io(io::Error),
}

impl From<Refused> for redb::Error {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::InUse => Self::DatabaseAlreadyOpen,
            Refused::Io(error) => error.into(),
            Refused::Damaged => Self::Corrupted("it is damaged".to_owned()),
            Refused::Newer => Self::Corrupted("a newer version has written it".to_owned()),
        }
    }
}

fn open(path: &Path) -> Result<(Database, Found), Refused> {
    catch_unwind(|| try_open(path)).unwrap_or(Err(Refused::Damaged))
}

fn try_open(path: &Path) -> Result<(Database, Found), Refused> {
    let is_new = !path.exists();
    let mut database = Database::builder()
        .set_cache_size(CACHE_BYTES)
        .set_check_integrity_on_open(true)
        .create(path)
        .map_err(|error| refused(error.into()))?;
    if !is_of_this_format(&database).map_err(refused)? {
        return Err(Refused::Newer);
    }
    let found = look(&database).map_err(refused)?;
    if is_new {
        sync_directory_of(path);
    }
    let length = fs::metadata(path).map_or(0, |file| file.len());
    if length > LARGE_BYTES && length / 4 > found.bytes {
        // An outage has left it large. That it stays so harms nobody.
        if let Err(error) = database.compact() {
            tracing::debug!(%error, "the spool's file cannot be made smaller");
        }
    }
    Ok((database, found))
}

/// A new file survives a loss of power only if its name is on disk, too. Not every system knows
/// that.
fn sync_directory_of(path: &Path) {
    if let Some(directory) = path.parent()
        && let Err(error) = fs::File::open(directory).and_then(|directory| directory.sync_all())
    {
        tracing::debug!(%error, "the spool's directory cannot be synced");
    }
}

/// Also writes the format into a new file.
fn is_of_this_format(database: &Database) -> Result<bool, redb::Error> {
    let transaction = database.begin_write()?;
    let format = {
        let mut meta = transaction.open_table(META)?;
        let format = meta.get(FORMAT_KEY)?.map(|format| format.value());
        if format.is_none() {
            meta.insert(FORMAT_KEY, FORMAT)?;
        }
        format.unwrap_or(FORMAT)
    };
    transaction.commit()?;
    Ok(format <= FORMAT)
}

fn look(database: &Database) -> Result<Found, redb::Error> {
    let transaction = database.begin_write()?;
    let mut found = Found::default();
    {
        let events = transaction.open_table(EVENTS)?;
        for entry in events.iter()? {
            let (number, value) = entry?;
            let number = number.value();
            if found.events == 0 {
                found.first = number;
            }
            found.events += 1;
            found.bytes += value.value().2.len() as u64;
            found.next = number.saturating_add(1);
        }
    }
    transaction.commit()?;
    if found.next > MAX_NUMBER {
        return Err(redb::Error::Corrupted("its numbers are absurd".to_owned()));
    }
    Ok(found)
}

fn refused(error: redb::Error) -> Refused {
    match error {
        redb::Error::DatabaseAlreadyOpen => Refused::InUse,
        redb::Error::Io(error)
            if !matches!(
                error.kind(),
                io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof
            ) =>
        {
            Refused::Io(error)
        }
        _ => Refused::Damaged,
    }
}

fn is_full(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge
    )
}

/// A name beside the file that is not taken.
fn aside(path: &Path) -> PathBuf {
    let now = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .map_or(0, |since| since.as_millis());
    (0..1000)
        .map(|n| path.with_extension(format!("redb.damaged-{now}-{n}")))
        .find(|path| !path.exists())
        .unwrap_or_else(|| path.with_extension("redb.damaged"))
}
