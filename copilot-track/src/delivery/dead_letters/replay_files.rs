//! The dead-letter files that a replay reads.

use std::fs::{self, File, TryLockError};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::util::private_files;

/// The dead-letter files that one replay reads.
///
/// A replay first renames the dead-letter file to `FILE.replaying-N`. It deletes the renamed file
/// after all of its letters have been replayed. If a replay is interrupted, the next replay finds
/// the renamed file and replays it.
#[derive(Debug)]
pub(crate) struct ReplayFiles {
    files: Vec<(PathBuf, File)>,
    damaged: PathBuf,
}

/// The maximum number of files that one replay reads. At most one of them is new; the others were
/// left behind by interrupted replays.
const MAX_FILES: usize = 1_000;

impl ReplayFiles {
    /// Claims the dead-letter file at `path` and the files left by interrupted replays. The result
    /// is empty if there is nothing to replay.
    ///
    /// # Errors
    /// Returns an error if another replay has claimed one of the files, or if a file cannot be
    /// renamed or opened.
    pub(crate) fn claim(path: &Path) -> io::Result<Self> {
        let with_suffix = |suffix: &str| {
            let mut name = path.as_os_str().to_owned();
            name.push(suffix);
            PathBuf::from(name)
        };
        let mut files = Vec::new();
        for number in 0..MAX_FILES {
            let name = with_suffix(&format!(".replaying-{number}"));
            let exists = name.exists();
            if !exists {
                match fs::rename(path, &name) {
                    Ok(()) => {}
                    Err(error) if error.kind() == io::ErrorKind::NotFound => break,
                    Err(error) => return Err(error),
                }
            }
            let file = File::open(&name)?;
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => {
                    return Err(io::Error::new(
                        io::ErrorKind::ResourceBusy,
                        format!("`{}` is already being replayed", path.display()),
                    ));
                }
                Err(TryLockError::Error(error)) => return Err(error),
            }
            // Another replay may have deleted the file before this replay locked it.
            if name.exists() {
                files.push((name, file));
            }
            if !exists {
                break;
            }
        }
        Ok(Self {
            files,
            damaged: with_suffix(".damaged"),
        })
    }

    pub(crate) fn files(&self) -> impl Iterator<Item = &File> {
        self.files.iter().map(|(_, file)| file)
    }

    /// Appends a damaged line to `FILE.damaged` for manual repair.
    pub(crate) fn save_damaged(&self, bytes: &[u8], ends: bool) -> io::Result<()> {
        let mut file = private_files::creating().append(true).open(&self.damaged)?;
        file.write_all(bytes)?;
        if ends && !bytes.ends_with(b"\n") {
            file.write_all(b"\n")?;
        }
        Ok(())
    }

    /// Deletes the files after all of their letters have been replayed.
    pub(crate) fn remove(self) -> io::Result<()> {
        for (path, file) in self.files {
            // The file is deleted before it is unlocked, so that no other replay claims it.
            fs::remove_file(path).map(|()| drop(file))?;
        }
        Ok(())
    }
}
