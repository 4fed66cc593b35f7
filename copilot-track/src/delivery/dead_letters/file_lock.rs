//! Locks a dead-letter file that other processes may rename or write to.

use std::fs::{File, TryLockError};
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::util::private_files::FileId;
use crate::util::reentrancy;

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
        let is_locked = try_lock(&file);
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

/// Tries to lock a file. Returns `false` if another process has locked it.
///
/// Some file systems have no locks. The errors differ between systems. There, every file counts as
/// locked, and a warning is logged once.
pub(super) fn try_lock(file: &File) -> bool {
    is_locked(file.try_lock())
}

fn is_locked(result: Result<(), TryLockError>) -> bool {
    static WARNED: AtomicBool = AtomicBool::new(false);

    match result {
        Ok(()) => true,
        Err(TryLockError::WouldBlock) => false,
        Err(TryLockError::Error(error)) => {
            if !WARNED.swap(true, Ordering::Relaxed) {
                reentrancy::log(|| {
                    tracing::warn!(
                        %error,
                        "dead-letter files cannot be locked here: \
                         only one process at a time may use them"
                    );
                });
            }
            true
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_system_without_locks_does_not_refuse_letters() {
        assert!(is_locked(Ok(())));
        assert!(!is_locked(Err(TryLockError::WouldBlock)));
        for error in [
            io::Error::from(io::ErrorKind::Unsupported),
            io::Error::other("no locks available"),
        ] {
            assert!(is_locked(Err(TryLockError::Error(error))));
        }
    }
}
