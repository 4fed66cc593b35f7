//! Moves a damaged file out of the way.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Renames a damaged file to an unused path in the same directory. Returns the new path.
pub(super) fn quarantine(path: &Path) -> io::Result<PathBuf> {
    let quarantined = unused_path(path);
    fs::rename(path, &quarantined)?;
    Ok(quarantined)
}

fn unused_path(path: &Path) -> PathBuf {
    let now = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .map_or(0, |since| since.as_millis());
    (0..1000)
        .map(|n| path.with_extension(format!("redb.damaged-{now}-{n}")))
        .find(|path| !path.exists())
        .unwrap_or_else(|| path.with_extension("redb.damaged"))
}
