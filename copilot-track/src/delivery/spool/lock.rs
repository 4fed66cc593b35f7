//! The lock on a spool's directory.

use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use crate::delivery::spool::open::OpenFailure;
use crate::util::private_files::{self, FileId};

const LOCK_FILE: &str = "events.lock";
/// How many times the lock is tried while another process keeps deleting the file.
const ATTEMPTS: usize = 100;

/// A lock that allows only one tracker at a time to use a directory, even across processes.
///
/// The file with the events is closed after an error and opened again later. The lock has its own
/// file, so no other process can use the directory in between. The system releases the lock when
/// the process ends. The lock file is never deleted.
#[derive(Debug)]
pub(super) struct DirectoryLock {
    path: PathBuf,
    id: FileId,
    /// The lock is held while the file is open.
    _file: File,
}

impl DirectoryLock {
    /// Locks a directory without waiting. The directory is created if it does not exist.
    pub(super) fn acquire(directory: &Path) -> Result<Self, OpenFailure> {
        for _ in 0..ATTEMPTS {
            let lock = Self::lock(directory)?;
            // Another process may have deleted the file before it was locked.
            if lock.is_current() {
                return Ok(lock);
            }
        }
        Err(OpenFailure::InUse)
    }

    fn lock(directory: &Path) -> Result<Self, OpenFailure> {
        private_files::create_directory(directory).map_err(OpenFailure::Io)?;
        let path = directory.join(LOCK_FILE);
        let error = |what: &str, error: &io::Error| {
            let message = format!("cannot {what} the lock file `{}`: {error}", path.display());
            OpenFailure::Io(io::Error::new(error.kind(), message))
        };
        let file = private_files::creating()
            .write(true)
            .truncate(false)
            .open(&path)
            .map_err(|cause| error("create", &cause))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(OpenFailure::InUse),
            // Some network file systems have no locks.
            Err(TryLockError::Error(cause)) => return Err(error("lock", &cause)),
        }
        let id = FileId::of(&file).map_err(|cause| error("read", &cause))?;
        Ok(Self {
            path,
            id,
            _file: file,
        })
    }

    /// Returns whether other processes that use the same path see this lock. They do not if the
    /// lock file was deleted.
    pub(super) fn is_current(&self) -> bool {
        self.id.is_at(&self.path)
    }
}
