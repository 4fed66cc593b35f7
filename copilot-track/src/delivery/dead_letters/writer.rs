//! Writes the dead-letter file.

use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use serde::Serialize;
use serde_json::value::RawValue;

use crate::delivery::batch::Batch;
use crate::ledger::drop_reason::DropReason;
use crate::privacy::content::Content;
use crate::util::private_files;
use crate::util::timestamps::format_timestamp;

/// The size, in bytes, at which the file is renamed to `FILE.old`. An earlier `FILE.old` is
/// replaced.
const MAX_FILE_BYTES: u64 = 64 * 1024 * 1024;

/// A writer that appends dead letters to a file of JSON lines.
#[derive(Debug)]
pub(crate) struct DeadLetterWriter {
    path: PathBuf,
    /// The least strict content policy that may have been applied to the events.
    content: Content,
    /// Whether each write is synced to disk.
    durable: bool,
    max_bytes: u64,
    file: Mutex<Option<File>>,
    failures: AtomicU64,
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
    pub(crate) fn new(path: PathBuf, content: Content, durable: bool) -> Self {
        Self {
            path,
            content,
            durable,
            max_bytes: MAX_FILE_BYTES,
            file: Mutex::new(None),
            failures: AtomicU64::new(0),
        }
    }

    /// Returns the number of failed writes.
    pub(crate) fn write_failures(&self) -> u64 {
        self.failures.load(Ordering::Relaxed)
    }

    /// Calls `work` while the file is closed.
    pub(crate) fn with_file_closed<T>(&self, work: impl FnOnce() -> T) -> T {
        let mut slot = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        *slot = None;
        work()
    }

    /// Appends the events of a batch, which the ledger has already counted.
    pub(crate) fn add(&self, batch: &Batch, reason: DropReason) {
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
        if let Err(error) = self.write(&lines)
            && self.failures.fetch_add(1, Ordering::Relaxed) == 0
        {
            tracing::warn!(
                %error,
                file = %self.path.display(),
                "dead letters cannot be written"
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
            fs::rename(&self.path, old_path(&self.path))?;
            file = open(&self.path)?;
        }
        file.write_all(lines)?;
        if self.durable {
            // The events are removed from the spool after this write.
            file.sync_data()?;
        }
        *slot = Some(file);
        Ok(())
    }
}

fn open(path: &Path) -> io::Result<File> {
    if let Some(directory) = path.parent() {
        private_files::create_directory(directory)?;
    }
    let mut options = private_files::creating();
    let mut file = options.read(true).append(true).open(path)?;
    // A killed process or a full disk may have left an incomplete line. New lines must not continue
    // it.
    if file.metadata()?.len() > 0 {
        let mut last = [0];
        file.seek(SeekFrom::End(-1))?;
        file.read_exact(&mut last)?;
        if last != *b"\n" {
            file.write_all(b"\n")?;
        }
    }
    Ok(file)
}

/// Returns the path with `.old` appended.
fn old_path(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".old");
    name.into()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::delivery::batch::OpenBatch;

    fn batch(events: &[Value]) -> Batch {
        let mut open = OpenBatch::default();
        for event in events {
            open.add(|body| serde_json::to_writer(body, event)).unwrap();
        }
        open.seal()
    }

    fn letters(path: &Path) -> DeadLetterWriter {
        DeadLetterWriter::new(path.to_owned(), Content::Full, true)
    }

    fn lines(path: &Path) -> Vec<Value> {
        let text = fs::read_to_string(path).unwrap();
        let line = |line| serde_json::from_str(line).unwrap();
        text.lines().map(line).collect()
    }

    #[test]
    fn a_line_contains_the_event_and_the_reason() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("new").join("letters.jsonl");
        let letters = letters(&path);
        letters.add(
            &batch(&[json!({"a": 1})]),
            DropReason::Rejected { status: Some(400) },
        );
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
    fn a_large_file_is_rotated() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("letters.jsonl");
        let letters = DeadLetterWriter {
            max_bytes: 1,
            ..letters(&path)
        };
        for n in 0..3 {
            letters.add(&batch(&[json!({ "n": n })]), DropReason::Expired);
        }
        assert_eq!(lines(&path)[0]["event"]["n"], 2);
        assert_eq!(lines(&old_path(&path))[0]["event"]["n"], 1);
    }

    #[test]
    fn an_incomplete_line_does_not_damage_the_next() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("letters.jsonl");
        fs::write(&path, "{\"reason\":\"rej").unwrap();
        letters(&path).add(&batch(&[json!({"a": 1})]), DropReason::Expired);
        let text = fs::read_to_string(&path).unwrap();
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines.len(), 2);
        assert!(lines[1].starts_with(r#"{"reason":"expired""#), "{text}");
    }

    #[test]
    fn a_failed_write_is_counted() {
        let directory = tempfile::tempdir().unwrap();
        let letters = letters(directory.path());
        letters.add(&batch(&[json!({})]), DropReason::Expired);
        assert_eq!(letters.write_failures(), 1);
    }
}
