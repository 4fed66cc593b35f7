//! Writes results to files or to stdout.

use std::error::Error;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::{fmt, fs};

/// The error that is returned if a file cannot be read or written.
#[derive(Debug)]
pub(crate) struct FileError {
    verb: &'static str,
    file: PathBuf,
    source: io::Error,
}

impl FileError {
    pub(crate) fn reading(file: &Path, source: io::Error) -> Self {
        Self {
            verb: "read",
            file: file.to_owned(),
            source,
        }
    }

    fn writing(file: &Path, source: io::Error) -> Self {
        Self {
            verb: "write",
            ..Self::reading(file, source)
        }
    }
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot {} `{}`", self.verb, self.file.display())
    }
}

impl Error for FileError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.source)
    }
}

/// Writes text to a file, or to stdout.
pub(crate) fn write(file: Option<&Path>, text: &str) -> Result<(), Box<dyn Error>> {
    match file {
        Some(file) => fs::write(file, text).map_err(|error| FileError::writing(file, error))?,
        None => io::stdout().write_all(text.as_bytes())?,
    }
    Ok(())
}

/// Returns a number with its noun.
pub(crate) fn counted(count: usize, noun: &str) -> String {
    let ending = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{ending}")
}
