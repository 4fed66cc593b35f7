//! Events that will never be delivered, kept for a person to look at.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use serde::Serialize;
use serde_json::value::RawValue;

use super::batch::Batch;
use super::timestamps::format_timestamp;
use crate::ledger::DropReason;

/// A file that has grown so large becomes the old one, in place of an older one.
const MAX_FILE_BYTES: u64 = 64 * 1024 * 1024;

/// A file of JSON lines.
#[derive(Debug)]
pub(crate) struct DeadLetters {
    path: PathBuf,
    max_bytes: u64,
    file: Mutex<Option<File>>,
    failed: AtomicBool,
}

/// One line.
#[derive(Serialize)]
struct Letter<'a> {
    reason: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    at: &'a str,
    event: &'a RawValue,
}

impl DeadLetters {
    pub(crate) fn new(path: PathBuf) -> Self {
        Self {
            path,
            max_bytes: MAX_FILE_BYTES,
            file: Mutex::new(None),
            failed: AtomicBool::new(false),
        }
    }

    /// Adds the events of a batch, of which the ledger knows already.
    pub(crate) fn add(&self, batch: &Batch, reason: DropReason) {
        let at = format_timestamp(SystemTime::now());
        let status = match reason {
            DropReason::Rejected(status) if status > 0 => Some(status),
            _ => None,
        };
        let mut lines = Vec::with_capacity(batch.body().len());
        for event in batch.events() {
            let Ok(event) = serde_json::from_slice(event) else {
                continue;
            };
            let letter = Letter {
                reason: reason.name(),
                status,
                at: &at,
                event,
            };
            if serde_json::to_writer(&mut lines, &letter).is_ok() {
                lines.push(b'\n');
            }
        }
        if let Err(error) = self.write(&lines)
            && !self.failed.swap(true, Ordering::Relaxed)
        {
            tracing::warn!(
                %error,
                file = %self.path.display(),
                "rejected copilot events cannot be written to the file of dead letters"
            );
        }
    }

    fn write(&self, lines: &[u8]) -> io::Result<()> {
        let mut slot = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let mut file = match slot.take() {
            Some(file) => file,
            None => open(&self.path)?,
        };
        if file.metadata()?.len() >= self.max_bytes {
            drop(file);
            fs::rename(&self.path, older(&self.path))?;
            file = open(&self.path)?;
        }
        file.write_all(lines)?;
        *slot = Some(file);
        Ok(())
    }
}

fn open(path: &Path) -> io::Result<File> {
    if let Some(directory) = path.parent() {
        fs::create_dir_all(directory)?;
    }
    OpenOptions::new().create(true).append(true).open(path)
}

/// `letters.jsonl` → `letters.jsonl.old`
fn older(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".old");
    name.into()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::batch::OpenBatch;
    use super::*;

    fn batch(events: &[Value]) -> Batch {
        let mut open = OpenBatch::default();
        for event in events {
            open.add(|body| serde_json::to_writer(body, event)).unwrap();
        }
        open.seal("2026-01-01T00:00:00Z")
    }

    fn lines(path: &Path) -> Vec<Value> {
        let text = fs::read_to_string(path).unwrap();
        let line = |line| serde_json::from_str(line).unwrap();
        text.lines().map(line).collect()
    }

    #[test]
    fn a_line_has_the_event_and_the_reason() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("new").join("letters.jsonl");
        let letters = DeadLetters::new(path.clone());
        letters.add(&batch(&[json!({"a": 1})]), DropReason::Rejected(400));
        letters.add(
            &batch(&[json!({"b": 2}), json!({"c": 3})]),
            DropReason::Expired,
        );
        let lines = lines(&path);
        assert_eq!(lines.len(), 3);
        assert_eq!(lines[0]["event"], json!({"a": 1}));
        assert_eq!(
            (&lines[0]["reason"], &lines[0]["status"]),
            (&json!("rejected"), &json!(400))
        );
        assert_eq!(
            (&lines[2]["reason"], &lines[2]["status"]),
            (&json!("expired"), &json!(null))
        );
    }

    #[test]
    fn a_large_file_becomes_the_old_one() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("letters.jsonl");
        let letters = DeadLetters {
            max_bytes: 1,
            ..DeadLetters::new(path.clone())
        };
        for n in 0..3 {
            letters.add(&batch(&[json!({ "n": n })]), DropReason::Expired);
        }
        assert_eq!(lines(&path)[0]["event"]["n"], 2);
        assert_eq!(lines(&older(&path))[0]["event"]["n"], 1);
    }

    #[test]
    fn a_file_that_cannot_be_written_is_no_panic() {
        let directory = tempfile::tempdir().unwrap();
        let letters = DeadLetters::new(directory.path().to_owned());
        letters.add(&batch(&[json!({})]), DropReason::Expired);
        assert!(letters.failed.load(Ordering::Relaxed));
    }
}
