//! Replaces the database file with an empty one.
//!
//! An SQL `DELETE` first writes to the log and therefore fails on a full disk. Removing the file
//! needs no disk space.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use rusqlite::{Connection, ErrorCode, config::DbConfig};

use super::{private_file, schema};
use crate::store::error::StoreError;

/// Returns whether a write failed because of the disk.
pub(super) fn is_disk_full(error: &StoreError) -> bool {
    // SQLite reports an exceeded quota as an I/O error.
    matches!(error, StoreError::Database(error)
        if matches!(error.sqlite_error_code(), Some(ErrorCode::DiskFull | ErrorCode::SystemIoFailure)))
}

/// Removes the file, if it exists. The caller must have closed all other connections to it.
///
/// After a crash, either the whole old file remains or none of it.
pub(super) fn remove(connection: Option<Connection>, path: &Path) -> io::Result<()> {
    if let Some(connection) = connection {
        // The log need not be copied into a file that is about to be removed.
        let _ = connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true);
    }
    let permissions = match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        about => about?.permissions(),
    };
    fs::remove_file(path)?;
    // The file must be removed before its log. A log without a file is ignored, but a file without
    // its log is corrupt.
    sync_directory(path);
    for end in ["-wal", "-shm"] {
        // If the log remains, SQLite discards it, because the file is empty.
        let _ = fs::remove_file(with_suffix(path, end));
    }
    // The new file gets the permissions of the old one. If the file cannot be created here, SQLite
    // creates it when it opens the database.
    if let Ok(file) = private_file::create(path) {
        let _ = file.set_permissions(permissions);
    }
    Ok(())
}

/// Opens the file, or creates it if it does not exist.
pub(super) fn open(path: &Path, instance: &str, last_seq: u64) -> Result<Connection, StoreError> {
    // SQLite reports the error if the file cannot be created.
    let _ = private_file::create(path);
    let connection = Connection::open(path)?;
    if schema::prepare(&connection, instance, last_seq)? != instance {
        return Err(StoreError::UnknownFile);
    }
    Ok(connection)
}

fn with_suffix(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    name.into()
}

/// Makes the removal of the file durable before the log is removed. If the directory cannot be
/// opened, the file system determines the order.
fn sync_directory(path: &Path) {
    let directory = path.parent().filter(|it| !it.as_os_str().is_empty());
    let _ = fs::File::open(directory.unwrap_or(Path::new("."))).and_then(|it| it.sync_all());
}
