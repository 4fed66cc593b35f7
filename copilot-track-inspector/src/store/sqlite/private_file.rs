//! Creates files that only the current user can access.

use std::{
    fs::{File, OpenOptions},
    io,
    path::Path,
};

/// Opens a file for writing, or creates it with the mode 0600 if it does not exist. An existing
/// file keeps its mode. On systems without modes, the file gets the system's defaults.
///
/// `SQLite` gives the database's mode to the log and to the other files next to the database.
pub(super) fn create(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.create(true).truncate(false).write(true).open(path)
}
