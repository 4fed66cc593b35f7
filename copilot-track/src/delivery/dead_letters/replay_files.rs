//! The dead-letter files that a replay reads.

use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use crate::delivery::dead_letters::file_lock::open_locked;
use crate::delivery::dead_letters::moved_lines::MovedLines;
use crate::delivery::dead_letters::reader::{DeadLetterReader, Position};
use crate::delivery::dead_letters::replay_progress::{
    ProgressFile, Recorded, ReplayProgress, remove_if_exists,
};
use crate::util::reentrancy;

/// The maximum number of files that one replay reads. At most one of them is new; the others were
/// left behind by interrupted replays.
const MAX_FILES: usize = 1_000;

/// The dead-letter files that one replay reads.
///
/// A replay first renames the dead-letter file to `FILE.replaying-N`, and records its progress in
/// `FILE.replaying-N.progress`. The renamed file is deleted when nothing in it is left to replay.
/// If a replay is interrupted, the next replay finds both files and continues.
#[derive(Debug)]
pub(crate) struct ReplayFiles(Vec<ReplayFile>);

/// One of the files that a replay reads.
#[derive(Debug)]
pub(crate) struct ReplayFile {
    path: PathBuf,
    progress_file: ProgressFile,
    progress: ReplayProgress,
    /// Whether the file is replayed from the start, because its progress cannot be used.
    is_restarted: bool,
    damaged: MovedLines,
    kept: MovedLines,
}

impl ReplayFiles {
    /// Claims the dead-letter file at `path` and the files left by interrupted replays. The result
    /// is empty if there is nothing to replay.
    ///
    /// # Errors
    /// Returns an error if another replay has claimed one of the files, or if a file cannot be
    /// renamed or opened.
    pub(crate) fn claim(path: &Path) -> io::Result<Self> {
        let name = |number: usize| with_suffix(path, &format!(".replaying-{number}"));
        let mut files = Vec::new();
        let mut unused = None;
        for number in 0..MAX_FILES {
            if fs::exists(name(number))? {
                let progress = lock_progress(path, &name(number))?;
                // Another replay may have deleted the file before this replay locked it.
                if fs::exists(name(number))? {
                    files.push(ReplayFile::open(path, name(number), progress)?);
                } else {
                    progress.remove()?;
                    unused = unused.or(Some(number));
                }
            } else {
                unused = unused.or(Some(number));
            }
        }
        if let Some(number) = unused
            && fs::exists(path)?
        {
            // The lock ensures that no other replay renames a file to the same name.
            let mut progress = lock_progress(path, &name(number))?;
            if fs::exists(name(number))? {
                // Another replay left this file after the check above.
                return Err(io::ErrorKind::ResourceBusy.into());
            }
            // A kill may have left records about an earlier file with this name.
            progress.clear()?;
            match rename_locked(path, &name(number)) {
                Ok(true) => files.push(ReplayFile::open(path, name(number), progress)?),
                not_renamed => {
                    progress.remove()?;
                    not_renamed?;
                }
            }
        }
        Ok(Self(files))
    }

    /// Returns the files, with those of interrupted replays first.
    pub(crate) fn into_files(self) -> impl Iterator<Item = ReplayFile> {
        self.0.into_iter()
    }
}

impl ReplayFile {
    fn open(path: &Path, claimed: PathBuf, mut progress_file: ProgressFile) -> io::Result<Self> {
        let recorded = progress_file.read()?;
        let (is_new, is_damaged) = (recorded == Recorded::Nothing, recorded == Recorded::Damaged);
        let progress = match recorded {
            Recorded::Progress(progress) => progress,
            Recorded::Nothing | Recorded::Damaged => ReplayProgress::default(),
        };
        let mut file = Self {
            path: claimed,
            damaged: MovedLines::new(
                moved_to(path, ".damaged"),
                progress.damaged_len,
                progress.in_long_line,
            ),
            kept: MovedLines::new(moved_to(path, ".kept"), progress.kept_len, false),
            progress_file,
            progress,
            is_restarted: false,
        };
        let len = fs::metadata(&file.path)?.len();
        if is_new {
            file.restart()?;
        } else if is_damaged || !file.fits(len)? {
            file.is_restarted = true;
            file.warn_of_restart();
            file.progress_file.clear()?;
            file.restart()?;
        }
        Ok(file)
    }

    /// Returns whether the progress can belong to a file of this length. It does not if the file
    /// was edited.
    fn fits(&self, len: u64) -> io::Result<bool> {
        let ReplayProgress {
            file_len,
            read_to,
            in_long_line,
            unsettled,
            ..
        } = &self.progress;
        if len < *file_len {
            return Ok(false);
        }
        let mut file = File::open(&self.path)?;
        for position in unsettled {
            if !is_start_of_line(&mut file, *position)? {
                return Ok(false);
            }
        }
        Ok(*in_long_line || read_to == file_len || is_start_of_line(&mut file, *read_to)?)
    }

    fn warn_of_restart(&self) {
        reentrancy::log(|| {
            tracing::warn!(
                file = %self.path.display(),
                "the progress of a replay cannot be used, because its record is damaged or the \
                 file was edited: all letters in the file are sent again, with the same ids"
            );
        });
    }

    /// Records that nothing has been replayed.
    fn restart(&mut self) -> io::Result<()> {
        self.damaged.append_from_end()?;
        self.kept.append_from_end()?;
        self.record(Position::of_line(0), Vec::new())
    }

    /// Returns whether the file is replayed from the start, because its progress cannot be used.
    pub(crate) fn is_restarted(&self) -> bool {
        self.is_restarted
    }

    /// Returns the positions of the letters that an interrupted replay read but did not settle.
    pub(crate) fn unsettled(&self) -> &[u64] {
        &self.progress.unsettled
    }

    /// Returns a reader of the lines that no replay has read.
    pub(crate) fn unread(&self) -> io::Result<DeadLetterReader<File>> {
        self.read_at(self.read_to())
    }

    /// Returns a reader of the lines from an offset, which must be the start of a line.
    pub(crate) fn read_from(&self, offset: u64) -> io::Result<DeadLetterReader<File>> {
        self.read_at(Position::of_line(offset))
    }

    fn read_at(&self, position: Position) -> io::Result<DeadLetterReader<File>> {
        let mut file = File::open(&self.path)?;
        file.seek(SeekFrom::Start(position.offset))?;
        Ok(DeadLetterReader::at(file, position))
    }

    /// Returns the end of the lines that replays have read.
    pub(crate) fn read_to(&self) -> Position {
        Position {
            offset: self.progress.read_to,
            in_long_line: self.progress.in_long_line,
        }
    }

    /// Appends a damaged line to `FILE.damaged` for manual repair.
    pub(crate) fn move_damaged(&mut self, bytes: &[u8], ends: bool) -> io::Result<()> {
        self.damaged.append(bytes, ends)
    }

    /// Appends the letter at a position to `FILE.kept`.
    pub(crate) fn move_kept(&mut self, position: u64) -> io::Result<()> {
        let line = self.read_from(position)?.next_bytes()?;
        self.kept.append(&line, true)
    }

    /// Records that the lines up to `read_to` were read, and that all of them are settled or were
    /// moved, except for `unsettled`.
    pub(crate) fn record(&mut self, read_to: Position, unsettled: Vec<u64>) -> io::Result<()> {
        self.damaged.sync()?;
        self.kept.sync()?;
        self.progress = ReplayProgress {
            file_len: fs::metadata(&self.path)?.len(),
            read_to: read_to.offset,
            in_long_line: read_to.in_long_line,
            unsettled,
            damaged_len: self.damaged.len()?,
            kept_len: self.kept.len()?,
        };
        self.progress_file.write(&self.progress)
    }

    /// Deletes the file, which has been replayed completely.
    pub(crate) fn remove(self) -> io::Result<()> {
        // The progress is deleted last. Without it, the file would be replayed from the start.
        remove_if_exists(&self.path)?;
        self.progress_file.remove()
    }
}

/// Returns whether a line starts at a position of a file.
fn is_start_of_line(file: &mut File, position: u64) -> io::Result<bool> {
    let Some(before) = position.checked_sub(1) else {
        return Ok(true);
    };
    let mut last = Vec::new();
    file.seek(SeekFrom::Start(before))?;
    file.take(1).read_to_end(&mut last)?;
    Ok(last == b"\n")
}

fn lock_progress(path: &Path, claimed: &Path) -> io::Result<ProgressFile> {
    ProgressFile::lock(with_suffix(claimed, ".progress"))?.ok_or_else(|| {
        io::Error::new(
            io::ErrorKind::ResourceBusy,
            format!("`{}` is already being replayed", path.display()),
        )
    })
}

/// Renames a file while no process appends to it. Returns `false` if it does not exist.
fn rename_locked(from: &Path, to: &Path) -> io::Result<bool> {
    let open = || {
        if fs::metadata(from)?.is_file() {
            return File::open(from);
        }
        Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            format!("`{}` is not a file", from.display()),
        ))
    };
    match open_locked(from, open) {
        Ok(_lock) => fs::rename(from, to).map(|()| true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// Returns the file to which lines of `path` are moved. If `path` is already such a file, the lines
/// go back to it.
fn moved_to(path: &Path, suffix: &str) -> PathBuf {
    if path
        .as_os_str()
        .as_encoded_bytes()
        .ends_with(suffix.as_bytes())
    {
        path.to_owned()
    } else {
        with_suffix(path, suffix)
    }
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}
