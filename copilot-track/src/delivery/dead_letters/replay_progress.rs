//! Records which letters of a file are settled, so that an interrupted replay can continue.

use std::fs::{self, File};
use std::io::{self, BufRead as _, BufReader, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::delivery::dead_letters::file_lock::try_lock;
use crate::util::private_files::{self, FileId};

/// The maximum length of a record in bytes. A record lists at most a few thousand positions.
const MAX_RECORD: u64 = 1024 * 1024;

/// The progress of the replay of a file. All numbers are in bytes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ReplayProgress {
    /// The length of the file.
    pub(crate) file_len: u64,
    /// The end of the lines that were read. Each of these lines is settled or was moved, except for
    /// those in `unsettled`.
    pub(crate) read_to: u64,
    /// Whether `read_to` is within a line that is too long. The part of the line before it was
    /// moved.
    #[serde(default)]
    pub(crate) in_long_line: bool,
    /// The positions of the letters below `read_to` that are not settled, in ascending order.
    pub(crate) unsettled: Vec<u64>,
    /// The length of `FILE.damaged` after the damaged lines below `read_to` were moved.
    pub(crate) damaged_len: u64,
    /// The length of `FILE.kept` after the letters below `read_to` were moved.
    pub(crate) kept_len: u64,
}

impl ReplayProgress {
    /// Returns whether the numbers do not contradict each other. The lengths of the files to which
    /// lines are moved can have any value, because other replays can delete these files.
    fn is_consistent(&self) -> bool {
        let latest = self.unsettled.last();
        self.unsettled
            .is_sorted_by(|position, next| position < next)
            && latest.is_none_or(|position| *position < self.read_to)
            && self.read_to <= self.file_len
    }
}

/// What the file that records the progress contains.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Recorded {
    /// There are no records.
    Nothing,
    /// The latest record.
    Progress(ReplayProgress),
    /// There is something else than readable records.
    Damaged,
}

/// The file that records the progress of a replay. It is locked, so only one replay can use it.
///
/// Each record is a line of JSON, and the last complete line counts. A kill can leave at most one
/// incomplete line.
#[derive(Debug)]
pub(crate) struct ProgressFile {
    path: PathBuf,
    file: File,
}

impl ProgressFile {
    /// Opens or creates the file and locks it. Returns `None` if another replay has locked it.
    pub(crate) fn lock(path: PathBuf) -> io::Result<Option<Self>> {
        loop {
            let mut options = private_files::creating();
            let options = options.truncate(false).read(true).write(true);
            let file = options.open(&path)?;
            if !try_lock(&file) {
                return Ok(None);
            }
            // Another replay may have deleted the file before this one locked it.
            if FileId::of(&file)?.is_at(&path) {
                return Ok(Some(Self { path, file }));
            }
        }
    }

    /// Returns the latest record that can be read. An incomplete line at the end is removed.
    pub(crate) fn read(&mut self) -> io::Result<Recorded> {
        self.file.seek(SeekFrom::Start(0))?;
        let mut reader = BufReader::new(&self.file);
        let (mut latest, mut complete) = (None, 0);
        let mut line = Vec::new();
        loop {
            line.clear();
            reader
                .by_ref()
                .take(MAX_RECORD)
                .read_until(b'\n', &mut line)?;
            if !line.ends_with(b"\n") {
                break;
            }
            complete += line.len() as u64;
            let record = serde_json::from_slice(&line).ok();
            latest = record.filter(ReplayProgress::is_consistent).or(latest);
        }
        self.file.set_len(complete)?;
        Ok(match latest {
            Some(progress) => Recorded::Progress(progress),
            None if complete == 0 && can_be_cut_off(&line) => Recorded::Nothing,
            None => Recorded::Damaged,
        })
    }

    /// Adds a record, which is on disk when this method returns.
    pub(crate) fn write(&mut self, progress: &ReplayProgress) -> io::Result<()> {
        let mut line = serde_json::to_vec(progress)?;
        line.push(b'\n');
        let end = self.file.seek(SeekFrom::End(0))?;
        let written = self.file.write_all(&line);
        if written.is_err() {
            // The next record must not continue an incomplete line.
            let _ = self.file.set_len(end);
        }
        written?;
        self.file.sync_data()
    }

    /// Removes all records.
    pub(crate) fn clear(&mut self) -> io::Result<()> {
        self.file.set_len(0)
    }

    /// Deletes the file before it is unlocked.
    pub(crate) fn remove(self) -> io::Result<()> {
        remove_if_exists(&self.path)
    }
}

/// Returns whether a line can be the start of the first record. A kill can leave such a line before
/// a letter was sent.
fn can_be_cut_off(line: &[u8]) -> bool {
    line.is_empty() || (line.starts_with(b"{") && (line.len() as u64) < MAX_RECORD)
}

/// Deletes a file. It is not an error if the file does not exist.
pub(crate) fn remove_if_exists(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
