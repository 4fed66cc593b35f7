//! The file: a table of records, and what it takes to open it whatever state it is in.

use std::fs;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use bytes::Bytes;
use redb::{Database, ReadableDatabase as _, ReadableTable as _, TableDefinition};

use super::Record;
use crate::content::Content;

/// Number → the level of the content policy that was applied, the properties that it is about, JSON.
const EVENTS: TableDefinition<'static, u64, (u8, &str, &[u8])> = TableDefinition::new("events");
const FILE: &str = "events.redb";
/// Pages kept in memory. Events are written once and read once, so more would save nothing.
const CACHE_BYTES: usize = 1024 * 1024;

/// Why a spool's directory cannot be used.
#[derive(Debug)]
pub(crate) enum OpenError {
    InUse,
    Io(io::Error),
}

/// The open file.
#[derive(Debug)]
pub(crate) struct Store {
    path: PathBuf,
    /// `None` after an error, until it is opened anew.
    database: Option<Database>,
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

impl Found {
    /// Of a store that cannot be looked at for now. Numbers go on from the time in microseconds,
    /// which no store has come to by counting; what is in it waits for the next start.
    fn unknown() -> Self {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        let number = since.map_or(0, |since| u64::try_from(since.as_micros()).unwrap_or(0));
        Self {
            first: number,
            next: number,
            ..Self::default()
        }
    }
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
                (None, Found::unknown())
            }
            Err(Refused::InUse) => return Err(OpenError::InUse),
            Err(Refused::Io(error)) => return Err(OpenError::Io(error)),
            Err(Refused::Damaged) => {
                let aside = aside(&path);
                fs::rename(&path, &aside).map_err(OpenError::Io)?;
                damaged = Some(aside);
                let (database, found) = open(&path).map_err(|refused| match refused {
                    Refused::InUse => OpenError::InUse,
                    Refused::Io(error) => OpenError::Io(error),
                    Refused::Damaged => {
                        OpenError::Io(io::Error::other("a new file is damaged at once"))
                    }
                })?;
                (Some(database), found)
            }
        };
        let store = Self { path, database };
        Ok((store, found, damaged))
    }

    /// Adds and removes records in one step that is on disk when this returns.
    pub(crate) fn commit<'a>(
        &mut self,
        added: impl Iterator<Item = (u64, &'a Record)>,
        removed: impl Iterator<Item = u64>,
    ) -> Result<(), redb::Error> {
        let result = self.attempt(|database| {
            let transaction = database.begin_write()?;
            {
                let mut events = transaction.open_table(EVENTS)?;
                for (number, record) in added {
                    let content = record.content.level();
                    let said = record.said.as_str();
                    events.insert(number, (content, said, &*record.json))?;
                }
                for number in removed {
                    events.remove(number)?;
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
        let result = self.attempt(|database| {
            let events = database.begin_read()?.open_table(EVENTS)?;
            let mut records = Vec::new();
            for entry in events.range(first..end)?.take(count) {
                let (number, value) = entry?;
                let (content, said, json) = value.value();
                let content = Content::of_level(content);
                let record = Record {
                    content,
                    said: said.to_owned(),
                    json: Bytes::copy_from_slice(json),
                };
                records.push((number.value(), record));
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
        work: impl FnOnce(&Database) -> Result<T, redb::Error>,
    ) -> Result<T, redb::Error> {
        let database = match self.database.take() {
            Some(database) => database,
            None => match open(&self.path) {
                Ok((database, _)) => database,
                Err(Refused::InUse) => return Err(redb::Error::DatabaseAlreadyOpen),
                Err(Refused::Io(error)) => return Err(error.into()),
                Err(Refused::Damaged) => {
                    return Err(redb::Error::Corrupted("it is damaged".to_owned()));
                }
            },
        };
        let result = catch_unwind(AssertUnwindSafe(|| work(&database)))
            .unwrap_or_else(|_| Err(redb::Error::Corrupted("reading it panicked".to_owned())));
        self.database = Some(database);
        result
    }
}

enum Refused {
    InUse,
    Damaged,
    Io(io::Error),
}

fn open(path: &Path) -> Result<(Database, Found), Refused> {
    catch_unwind(|| try_open(path)).unwrap_or(Err(Refused::Damaged))
}

fn try_open(path: &Path) -> Result<(Database, Found), Refused> {
    let database = Database::builder()
        .set_cache_size(CACHE_BYTES)
        .set_check_integrity_on_open(true)
        .create(path)
        .map_err(|error| refused(error.into()))?;
    let found = look(&database).map_err(refused)?;
    Ok((database, found))
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
