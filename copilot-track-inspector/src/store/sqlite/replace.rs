//! Deleting by taking the file away and making a new one. Unlike `DELETE`, which writes into the
//! log first, that needs no room on the disk until it has made some.

use std::{
    fs::{self, OpenOptions},
    io,
    path::{Path, PathBuf},
};

use rusqlite::{Connection, ErrorCode, config::DbConfig};

use super::schema;
use crate::store::error::StoreError;

/// Whether the disk is what kept it from being written.
pub(super) fn is_disk_full(error: &StoreError) -> bool {
    // A quota is an I/O error to SQLite.
    matches!(error, StoreError::Database(error)
        if matches!(error.sqlite_error_code(), Some(ErrorCode::DiskFull | ErrorCode::SystemIoFailure)))
}

/// Takes the file away, if it is there. Nobody else of this program may have it open.
///
/// A crash leaves either all of the old file or none of it.
pub(super) fn remove(connection: Option<Connection>, path: &Path) -> io::Result<()> {
    if let Some(connection) = connection {
        // What goes need not be moved from the log into the file before.
        let _ = connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true);
    }
    let permissions = match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        about => about?.permissions(),
    };
    fs::remove_file(path)?;
    // The file goes before its log: a log without a file is nothing, a file without its log is
    // damaged.
    sync_directory(path);
    for end in ["-wal", "-shm"] {
        // One that stays is thrown away by SQLite, since the file is empty.
        let _ = fs::remove_file(with_suffix(path, end));
    }
    // Who may read the new file is who could read the old one. SQLite makes it if this cannot.
    if let Ok(file) = OpenOptions::new().write(true).create_new(true).open(path) {
        let _ = file.set_permissions(permissions);
    }
    Ok(())
}

/// Opens the file, or makes it.
pub(super) fn open(path: &Path, instance: &str, last_seq: u64) -> Result<Connection, StoreError> {
    let connection = Connection::open(path)?;
    if schema::prepare(&connection, instance, last_seq)? != instance {
        return Err(StoreError::Foreign);
    }
    Ok(connection)
}

fn with_suffix(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    name.into()
}

/// Not every system lets a directory be opened; the order then is the file system's own.
fn sync_directory(path: &Path) {
    let directory = path.parent().filter(|it| !it.as_os_str().is_empty());
    let _ = fs::File::open(directory.unwrap_or(Path::new("."))).and_then(|it| it.sync_all());
}
