//! Files of dead letters that are being sent again.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// Files that one call replays. They keep their names until all is done, so that a call that was
/// cut short is made good by the next.
#[derive(Debug)]
pub(crate) struct ReplayFiles {
    files: Vec<(PathBuf, File)>,
    damaged: PathBuf,
}

/// More calls that were cut short are not looked for.
const MAX_FILES: usize = 1_000;

impl ReplayFiles {
    /// Takes a file, and what earlier calls have left of it. None is there if there is nothing to
    /// do.
    pub(crate) fn claim(path: &Path) -> io::Result<Self> {
        let with = |ending: &str| {
            let mut name = path.as_os_str().to_owned();
            name.push(ending);
            PathBuf::from(name)
        };
        let mut files = Vec::new();
        for number in 0..MAX_FILES {
            let name = with(&format!(".replaying-{number}"));
            let left = name.exists();
            if !left {
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
                        format!("`{}` is being replayed by another call", path.display()),
                    ));
                }
                Err(TryLockError::Error(error)) => return Err(error),
            }
            // The other call may have ended in between, and the file with it.
            if name.exists() {
                files.push((name, file));
            }
            if !left {
                break;
            }
        }
        Ok(Self {
            files,
            damaged: with(".damaged"),
        })
    }

    pub(crate) fn files(&self) -> impl Iterator<Item = &File> {
        self.files.iter().map(|(_, file)| file)
    }

    /// Keeps what is no letter for a person to mend.
    pub(crate) fn save_damaged(&self, bytes: &[u8], ends: bool) -> io::Result<()> {
        let mut options = OpenOptions::new();
        let mut file = options.create(true).append(true).open(&self.damaged)?;
        file.write_all(bytes)?;
        if ends && !bytes.ends_with(b"\n") {
            file.write_all(b"\n")?;
        }
        Ok(())
    }

    /// All of it has gone on its way.
    pub(crate) fn remove(self) -> io::Result<()> {
        for (path, file) in self.files {
            // Before it is unlocked, so that no other call finds it.
            fs::remove_file(path).map(|()| drop(file))?;
        }
        Ok(())
    }
}
