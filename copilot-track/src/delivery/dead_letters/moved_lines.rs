//! A file to which a replay moves lines.

use std::fs::{self, File};
use std::io::{self, Read, Seek as _, SeekFrom, Write as _};
use std::path::PathBuf;

use crate::delivery::dead_letters::append::append;
use crate::delivery::dead_letters::file_lock::open_locked;
use crate::util::private_files;

/// A file to which a replay moves lines.
///
/// A replay can be interrupted after it has moved a line and before it has recorded that. The next
/// replay then moves the same lines again, in the same order. This type compares these lines with
/// the end of the file, so that none is appended twice.
#[derive(Debug)]
pub(crate) struct MovedLines {
    path: PathBuf,
    file: Option<File>,
    /// The position of the next bytes that an interrupted replay may have appended already. `None`
    /// after the first line that is not in the file.
    compare_at: Option<u64>,
    /// Whether the next bytes continue a line.
    in_line: bool,
    changed: bool,
}

impl MovedLines {
    /// Creates a handle. `recorded_len` is the length of the file that the latest replay recorded,
    /// and `in_line` is whether that replay ended within a line.
    pub(crate) fn new(path: PathBuf, recorded_len: u64, in_line: bool) -> Self {
        Self {
            path,
            file: None,
            compare_at: Some(recorded_len),
            in_line,
            changed: false,
        }
    }

    /// Returns the length of the file, in bytes.
    pub(crate) fn len(&self) -> io::Result<u64> {
        match fs::metadata(&self.path) {
            Ok(metadata) => Ok(metadata.len()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
            Err(error) => Err(error),
        }
    }

    /// Makes this handle append all lines.
    pub(crate) fn append_from_end(&mut self) -> io::Result<()> {
        self.compare_at = Some(self.len()?);
        self.in_line = false;
        Ok(())
    }

    /// Appends a line or a part of a line, unless the file already contains it. If `ends`, the
    /// bytes contain the end of the line, possibly without its line break.
    pub(crate) fn append(&mut self, bytes: &[u8], ends: bool) -> io::Result<()> {
        self.append_bytes(bytes)?;
        self.in_line = !bytes.ends_with(b"\n");
        if ends && self.in_line {
            self.append_bytes(b"\n")?;
            self.in_line = false;
        }
        Ok(())
    }

    fn append_bytes(&mut self, bytes: &[u8]) -> io::Result<()> {
        // Another replay may read this file, and then renames and deletes it.
        let mut open_file = self.file.take().filter(|_| cfg!(unix));
        let open_path = || {
            let mut options = private_files::creating();
            options.read(true).append(true).open(&self.path)
        };
        let mut file = open_locked(&self.path, || open_file.take().map_or_else(open_path, Ok))?;
        let appended = self.append_missing(&mut file, bytes);
        self.changed = true;
        // On a file system without locks, a file cannot be unlocked either.
        let _ = file.unlock();
        self.file = Some(file);
        appended
    }

    fn append_missing(&mut self, file: &mut File, bytes: &[u8]) -> io::Result<()> {
        if let Some(at) = self.compare_at.take() {
            let mut found = Vec::new();
            // The recorded length can be wrong, and not every position is valid for `seek`.
            let at = at.min(file.metadata()?.len());
            file.seek(SeekFrom::Start(at))?;
            Read::take(&*file, bytes.len() as u64).read_to_end(&mut found)?;
            if found == bytes {
                self.compare_at = Some(at + bytes.len() as u64);
                return Ok(());
            }
            // The interrupted replay may have appended only a part.
            if !found.is_empty()
                && let Some(missing) = bytes.strip_prefix(&*found)
            {
                return file.write_all(missing);
            }
        }
        if self.in_line {
            return file.write_all(bytes);
        }
        append(file, bytes, false)
    }

    /// Waits until the appended lines are on disk.
    pub(crate) fn sync(&mut self) -> io::Result<()> {
        match &self.file {
            Some(file) if std::mem::take(&mut self.changed) => file.sync_data(),
            _ => Ok(()),
        }
    }
}
