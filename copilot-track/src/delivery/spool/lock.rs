//! The lock on a spool's directory.

use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use crate::delivery::spool::open::{OpenFailure, is_full};
use crate::util::private_files::{self, FileId};

const LOCK_FILE: &str = "events.lock";
/// How many times the lock is tried while another process keeps deleting the file.
const ATTEMPTS: usize = 100;
/// How long the directory may be locked by a program that is not a tracker. Some programs that
/// delete old files lock each directory for a moment.
const FOREIGN_LOCK_TIME: Duration = Duration::from_millis(200);
const RETRY_INTERVAL: Duration = Duration::from_millis(10);

/// A lock that allows only one tracker at a time to use a directory, even across processes.
///
/// The file with the events is closed after an error and opened again later. The lock has its own
/// file, so no other process can use the directory in between. The system releases the lock when
/// the process ends. The lock file is never deleted.
///
/// If the disk has no room for the lock file, the directory itself is locked until there is room.
/// Only Unix supports this. Each process that locks the file also checks the directory.
#[derive(Debug)]
pub(super) struct DirectoryLock {
    directory: PathBuf,
    /// The locked file or directory.
    path: PathBuf,
    id: FileId,
    /// The lock is held while the file is open.
    _file: File,
    has_lock_file: bool,
}

impl DirectoryLock {
    /// Locks a directory without waiting for another tracker. The directory is created if it does
    /// not exist.
    pub(super) fn acquire(directory: &Path) -> Result<Self, OpenFailure> {
        Self::acquire_with(directory, open_or_create)
    }

    /// Does the same as [`acquire`](Self::acquire). `create` opens or creates the lock file.
    fn acquire_with(
        directory: &Path,
        create: impl Fn(&Path) -> io::Result<File>,
    ) -> Result<Self, OpenFailure> {
        for _ in 0..ATTEMPTS {
            private_files::create_directory(directory).map_err(OpenFailure::Io)?;
            let lock = match create(&directory.join(LOCK_FILE)) {
                Ok(file) => Self::lock_file(directory, file)?,
                Err(error) if is_full(&error) => {
                    let lock = Self::lock_itself(directory)?;
                    let lock = lock.ok_or_else(|| create_error(directory, &error))?;
                    // Another process that has created the file in the meantime may not have seen
                    // this lock.
                    if directory.join(LOCK_FILE).exists() {
                        continue;
                    }
                    return Ok(lock);
                }
                Err(error) => return Err(create_error(directory, &error)),
            };
            // Another process may have deleted the file before it was locked.
            if lock.is_current() {
                wait_for_foreign_lock(directory)?;
                return Ok(lock);
            }
        }
        Err(OpenFailure::InUse)
    }

    /// Locks the lock file.
    fn lock_file(directory: &Path, file: File) -> Result<Self, OpenFailure> {
        let path = directory.join(LOCK_FILE);
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(OpenFailure::InUse),
            // Some network file systems have no locks.
            Err(TryLockError::Error(cause)) => return Err(error("lock", &path, &cause)),
        }
        let id = FileId::of(&file).map_err(|cause| error("read", &path, &cause))?;
        Ok(Self {
            directory: directory.to_owned(),
            path,
            id,
            _file: file,
            has_lock_file: true,
        })
    }

    /// Locks the directory itself. Returns `None` if the system does not support this.
    fn lock_itself(directory: &Path) -> Result<Option<Self>, OpenFailure> {
        let Ok(file) = File::open(directory) else {
            return Ok(None);
        };
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(OpenFailure::InUse),
            Err(TryLockError::Error(_)) => return Ok(None),
        }
        Ok(FileId::of(&file).ok().map(|id| Self {
            directory: directory.to_owned(),
            path: directory.to_owned(),
            id,
            _file: file,
            has_lock_file: false,
        }))
    }

    /// Locks the lock file if the disk had no room for it before. On failure, the directory itself
    /// stays locked.
    pub(super) fn add_lock_file(&mut self) {
        if self.has_lock_file || !self.is_current() {
            return;
        }
        let path = self.directory.join(LOCK_FILE);
        if let Ok(file) = open_or_create(&path)
            && let Ok(lock) = Self::lock_file(&self.directory, file)
            && lock.is_current()
        {
            *self = lock;
        }
    }

    /// Returns whether other processes that use the same path see this lock. They do not if the
    /// lock file was deleted.
    pub(super) fn is_current(&self) -> bool {
        self.id.is_at(&self.path)
    }
}

fn open_or_create(path: &Path) -> io::Result<File> {
    private_files::creating()
        .write(true)
        .truncate(false)
        .open(path)
}

/// Returns an error if the directory itself is locked for longer than a moment.
fn wait_for_foreign_lock(directory: &Path) -> Result<(), OpenFailure> {
    let Ok(file) = File::open(directory) else {
        // Some systems cannot open directories. There, no process can lock one.
        return Ok(());
    };
    let begun = Instant::now();
    while let Err(TryLockError::WouldBlock) = file.try_lock() {
        if begun.elapsed() >= FOREIGN_LOCK_TIME {
            return Err(OpenFailure::InUse);
        }
        thread::sleep(RETRY_INTERVAL);
    }
    Ok(())
}

fn create_error(directory: &Path, cause: &io::Error) -> OpenFailure {
    error("create", &directory.join(LOCK_FILE), cause)
}

fn error(what: &str, path: &Path, cause: &io::Error) -> OpenFailure {
    let message = format!("cannot {what} the lock file `{}`: {cause}", path.display());
    OpenFailure::Io(io::Error::new(cause.kind(), message))
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn no_room(_: &Path) -> io::Result<File> {
        Err(io::ErrorKind::StorageFull.into())
    }

    fn is_in_use(lock: &Result<DirectoryLock, OpenFailure>) -> bool {
        matches!(lock, Err(OpenFailure::InUse))
    }

    #[test]
    fn without_room_for_the_lock_file_the_directory_is_locked() {
        let directory = tempfile::tempdir().unwrap();
        let mut first = DirectoryLock::acquire_with(directory.path(), no_room).unwrap();
        assert!(first.is_current());
        // Another process creates the file once there is room.
        assert!(is_in_use(&DirectoryLock::acquire(directory.path())));
        let again = DirectoryLock::acquire_with(directory.path(), no_room);
        assert!(is_in_use(&again));
        first.add_lock_file();
        assert!(first.has_lock_file && first.is_current());
        assert!(is_in_use(&DirectoryLock::acquire(directory.path())));
        drop(first);
        assert!(DirectoryLock::acquire(directory.path()).is_ok());
    }

    #[test]
    fn a_lock_file_that_appears_is_locked_instead_of_the_directory() {
        let directory = tempfile::tempdir().unwrap();
        let is_full = std::cell::Cell::new(true);
        let create = |path: &Path| {
            // Another process creates the file after this process has failed to do so.
            let created = open_or_create(path);
            if is_full.replace(false) {
                return no_room(path);
            }
            created
        };
        let lock = DirectoryLock::acquire_with(directory.path(), create).unwrap();
        assert!(lock.has_lock_file);
    }
}
