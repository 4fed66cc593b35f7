//! Locks a dead-letter file that other processes may rename or write to.

use std::fs::{File, TryLockError};
use std::io;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use crate::util::private_files::FileId;

/// How long to wait for another process that is writing letters.
const MAX_WAIT: Duration = Duration::from_millis(500);
/// The time between two attempts to lock a file.
const RETRY_INTERVAL: Duration = Duration::from_millis(1);

/// Opens the file at `path` with `open` and locks it. Opens the file again if another process
/// renamed or removed it in the meantime.
///
/// # Errors
/// Returns an error if the file cannot be opened, or if another process keeps it locked.
pub(crate) fn open_locked(
    path: &Path,
    mut open: impl FnMut() -> io::Result<File>,
) -> io::Result<File> {
    let mut file = open()?;
    let deadline = Instant::now() + MAX_WAIT;
    loop {
        let is_locked = try_lock(&file)?;
        let is_current = FileId::of(&file)?.is_at(path);
        if is_locked && is_current {
            return Ok(file);
        }
        if Instant::now() >= deadline {
            return Err(io::Error::new(
                io::ErrorKind::ResourceBusy,
                "another process keeps the file locked",
            ));
        }
        if is_current {
            thread::sleep(RETRY_INTERVAL);
        } else {
            file = open()?;
        }
    }
}

/// Locks the file, and returns whether it is locked. Some file systems have no locks. There, every
/// file counts as locked.
fn try_lock(file: &File) -> io::Result<bool> {
    match file.try_lock() {
        Ok(()) => Ok(true),
        Err(TryLockError::WouldBlock) => Ok(false),
        Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => Ok(true),
        Err(TryLockError::Error(error)) => Err(error),
    }
}
