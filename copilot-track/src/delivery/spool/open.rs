//! Opens the file and checks its integrity, format version, and contents.

use std::fs;
use std::io;
use std::path::Path;

use redb::backends::FileBackend;
use redb::{Database, ReadableTable as _, TableDefinition};

use crate::util::panics;
use crate::util::private_files::{self, FileId};
use crate::util::reentrancy;

/// Maps the sequence number of an event to three values: the level of the content policy that was
/// applied, the names of the properties that it applies to, and the JSON. The names are a JSON
/// array. Format 1 stored one name per line; such records are still read.
pub(super) const EVENTS: TableDefinition<'static, u64, (u8, &str, &[u8])> =
    TableDefinition::new("events");
/// Metadata about the file.
const META: TableDefinition<'static, &str, u64> = TableDefinition::new("meta");
/// The version of the format, stored in `META` under [`FORMAT_KEY`]. Files with a newer version are
/// not changed. A file with an older version gets this version when it is opened, so that an older
/// version of this crate does not misread its new records.
const FORMAT: u64 = 2;
const FORMAT_KEY: &str = "format";
pub(super) const FILE: &str = "events.redb";
/// The size, in bytes, above which a mostly empty file is compacted when it is opened.
pub(super) const COMPACT_ABOVE_BYTES: u64 = 16 * 1024 * 1024;
/// The highest sequence number that an event can have. Only a damaged file contains a higher
/// number.
const MAX_RECORD_NUMBER: u64 = 1 << 62;
/// The size of the page cache. Events are written once and read once, so a larger cache would not
/// be faster.
const CACHE_BYTES: usize = 1024 * 1024;

/// The reason a spool's directory cannot be used.
#[derive(Debug)]
pub(crate) enum OpenError {
    InUse,
    /// The file was written by a newer version of this crate.
    Newer,
    Io(io::Error),
}

/// The contents of a spool when it was opened.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SpoolContents {
    pub(crate) events: u64,
    pub(crate) bytes: u64,
    pub(crate) first: u64,
    /// The sequence number that follows that of the last event.
    pub(crate) next: u64,
}

#[derive(Debug)]
pub(super) enum OpenFailure {
    InUse,
    Damaged,
    Newer,
    Io(io::Error),
}

impl From<OpenFailure> for redb::Error {
    fn from(refused: OpenFailure) -> Self {
        match refused {
            OpenFailure::InUse => Self::DatabaseAlreadyOpen,
            OpenFailure::Io(error) => error.into(),
            OpenFailure::Damaged => Self::Corrupted("the file is damaged".to_owned()),
            OpenFailure::Newer => {
                Self::Corrupted("the file was written by a newer version".to_owned())
            }
        }
    }
}

/// The open file.
#[derive(Debug)]
pub(super) struct OpenFile {
    pub(super) database: Database,
    pub(super) id: FileId,
}

/// Opens the file, or creates it if it does not exist. The caller must hold the directory's lock.
pub(super) fn open(path: &Path) -> Result<(OpenFile, SpoolContents), OpenFailure> {
    let file = private_files::creating()
        .read(true)
        .write(true)
        .truncate(false)
        .open(path)
        .map_err(OpenFailure::Io)?;
    private_files::make_private(&file, path);
    let id = FileId::of(&file).map_err(OpenFailure::Io)?;
    let is_new = file.metadata().map_err(OpenFailure::Io)?.len() == 0;
    let opened = panics::catch(|| open_database(file, path, is_new));
    match opened.unwrap_or(Err(OpenFailure::Damaged)) {
        Ok((database, found)) => Ok((OpenFile { database, id }, found)),
        Err(failure) => {
            if is_new && !matches!(failure, OpenFailure::InUse) {
                // Without room on the disk, the file is incomplete and could not be opened again.
                let _ = fs::remove_file(path);
            }
            Err(failure)
        }
    }
}

fn open_database(
    file: fs::File,
    path: &Path,
    is_new: bool,
) -> Result<(Database, SpoolContents), OpenFailure> {
    let mut database = FileBackend::new(file)
        .and_then(|backend| {
            Database::builder()
                .set_cache_size(CACHE_BYTES)
                .set_check_integrity_on_open(true)
                .create_with_backend(backend)
        })
        .map_err(|error| classify_open_error(error.into()))?;
    if !has_supported_format(&database).map_err(classify_open_error)? {
        return Err(OpenFailure::Newer);
    }
    let found = scan(&database).map_err(classify_open_error)?;
    if is_new {
        sync_directory_of(path);
    }
    let length = fs::metadata(path).map_or(0, |file| file.len());
    if length > COMPACT_ABOVE_BYTES && length / 4 > found.bytes {
        // The file grew during an outage. It remains usable if compaction fails.
        if let Err(error) = database.compact() {
            reentrancy::log(|| tracing::debug!(%error, "the spool's file cannot be compacted"));
        }
    }
    Ok((database, found))
}

/// Syncs the directory, so that a new file survives a power loss. Not every system supports this.
fn sync_directory_of(path: &Path) {
    if let Some(directory) = path.parent()
        && let Err(error) = fs::File::open(directory).and_then(|directory| directory.sync_all())
    {
        reentrancy::log(|| tracing::debug!(%error, "the spool's directory cannot be synced"));
    }
}

/// Returns whether this version of the crate can read the file. Writes the format version to a new
/// or older file.
fn has_supported_format(database: &Database) -> Result<bool, redb::Error> {
    let transaction = database.begin_write()?;
    let format = {
        let mut meta = transaction.open_table(META)?;
        let format = meta.get(FORMAT_KEY)?.map(|format| format.value());
        if format.is_none_or(|format| format < FORMAT) {
            meta.insert(FORMAT_KEY, FORMAT)?;
        }
        format.unwrap_or(FORMAT)
    };
    transaction.commit()?;
    Ok(format <= FORMAT)
}

fn scan(database: &Database) -> Result<SpoolContents, redb::Error> {
    let transaction = database.begin_write()?;
    let mut found = SpoolContents::default();
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
    if found.next > MAX_RECORD_NUMBER {
        return Err(redb::Error::Corrupted(
            "the numbers of its events are too high".to_owned(),
        ));
    }
    Ok(found)
}

fn classify_open_error(error: redb::Error) -> OpenFailure {
    match error {
        redb::Error::DatabaseAlreadyOpen => OpenFailure::InUse,
        redb::Error::Io(error)
            if !matches!(
                error.kind(),
                io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof
            ) =>
        {
            OpenFailure::Io(error)
        }
        _ => OpenFailure::Damaged,
    }
}

pub(super) fn is_full(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge
    )
}
