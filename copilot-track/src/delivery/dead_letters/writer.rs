//! Writes the dead-letter file.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use serde::Serialize;
use serde_json::value::RawValue;

use crate::delivery::batch::Batch;
use crate::delivery::dead_letters::append::append;
use crate::delivery::dead_letters::file_lock::open_locked;
use crate::delivery::dead_letters::outcomes::{LetterOutcome, LetterOutcomes};
use crate::ledger::drop_reason::DropReason;
use crate::privacy::content::Content;
use crate::util::timestamps::format_timestamp;
use crate::util::{private_files, reentrancy};

/// The size, in bytes, at which the file is renamed to `FILE.old`. An earlier `FILE.old` is
/// replaced.
const MAX_FILE_BYTES: u64 = 64 * 1024 * 1024;

/// A writer that appends dead letters to a file of JSON lines.
#[derive(Debug)]
pub(crate) struct DeadLetterWriter {
    path: PathBuf,
    /// The least strict content policy that may have been applied to the events.
    content: Content,
    /// Whether the tracker has a spool. If so, each write is synced to disk.
    has_spool: bool,
    pub(super) max_bytes: u64,
    /// The outcomes of the letters that are being replayed.
    pub(crate) outcomes: LetterOutcomes,
    /// The open file. Another process may have renamed or removed it since the latest write.
    file: Mutex<Option<File>>,
    /// Whether the latest write failed.
    failing: AtomicBool,
}

/// A line of the file.
#[derive(Serialize)]
struct DeadLetterRecord<'a> {
    reason: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<&'a str>,
    content: Content,
    event: &'a RawValue,
}

impl DeadLetterWriter {
    pub(crate) fn new(path: PathBuf, content: Content, has_spool: bool) -> Self {
        Self {
            path,
            content,
            has_spool,
            max_bytes: MAX_FILE_BYTES,
            outcomes: LetterOutcomes::default(),
            file: Mutex::new(None),
            failing: AtomicBool::new(false),
        }
    }

    /// Returns whether the tracker has a spool.
    pub(crate) fn has_spool(&self) -> bool {
        self.has_spool
    }

    /// Returns whether the latest write failed.
    pub(crate) fn is_failing(&self) -> bool {
        self.failing.load(Ordering::Relaxed)
    }

    /// Appends the events of a batch. Returns `false` if the events cannot be written. In this
    /// case, none of them is in the file.
    pub(crate) fn add(&self, batch: &Batch, reason: DropReason) -> bool {
        let at = format_timestamp(SystemTime::now());
        let status = match reason {
            DropReason::Rejected { status } => status,
            _ => None,
        };
        let mut lines = Vec::with_capacity(batch.body().len());
        for event in batch.events() {
            let Ok(event) = serde_json::from_slice(event) else {
                continue;
            };
            let letter = DeadLetterRecord {
                reason: reason.as_str(),
                status,
                at: at.as_deref(),
                content: self.content,
                event,
            };
            if serde_json::to_writer(&mut lines, &letter).is_ok() {
                lines.push(b'\n');
            }
        }
        let written = self.write(&lines);
        if written.is_ok() {
            self.outcomes
                .record_events(batch.events(), LetterOutcome::Rejected);
        }
        self.log_failure(written.as_ref().err());
        written.is_ok()
    }

    /// Logs the first of several failures, and the end of the failures.
    fn log_failure(&self, error: Option<&io::Error>) {
        let failed_before = self.failing.swap(error.is_some(), Ordering::Relaxed);
        reentrancy::log(|| match error {
            Some(error) if !failed_before => tracing::warn!(
                %error,
                file = %self.path.display(),
                "dead letters cannot be written"
            ),
            None if failed_before => tracing::info!("dead letters can be written again"),
            _ => {}
        });
    }

    fn write(&self, lines: &[u8]) -> io::Result<()> {
        let mut slot = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let mut open_file = slot.take();
        let open_path = || open(&self.path);
        let mut file = open_locked(&self.path, || open_file.take().map_or_else(open_path, Ok))?;
        if file.metadata()?.len() >= self.max_bytes {
            // Another process that wants to rename the file waits for the lock, and then notices
            // that the path refers to another file.
            fs::rename(&self.path, old_path(&self.path))?;
            drop(file);
            file = open_locked(&self.path, open_path)?;
        }
        append(&mut file, lines, self.has_spool)?;
        // On other systems, it cannot be checked whether the path still refers to an open file.
        // The lines are written. If the file cannot be unlocked, closing it ends the lock.
        if cfg!(unix) && file.unlock().is_ok() {
            *slot = Some(file);
        }
        Ok(())
    }
}

fn open(path: &Path) -> io::Result<File> {
    if let Some(directory) = path.parent() {
        private_files::create_directory(directory)?;
    }
    let mut options = private_files::creating();
    options.read(true).append(true).open(path)
}

/// Returns the path with `.old` appended.
pub(super) fn old_path(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".old");
    name.into()
}
