//! Lists the Rust files of a folder.

use std::{
    collections::HashSet,
    fs, io,
    path::{Path, PathBuf},
};

/// Returns the Rust files in `path`, sorted. `path` can also be a file.
pub(super) fn rust_files(path: &Path) -> io::Result<Vec<PathBuf>> {
    if fs::metadata(path)?.is_file() {
        return Ok(vec![path.to_owned()]);
    }
    let mut files = Vec::new();
    // Folders that symbolic links lead to several times are read once.
    let mut seen = HashSet::new();
    let mut folders = vec![path.to_owned()];
    while let Some(folder) = folders.pop() {
        if !seen.insert(fs::canonicalize(&folder)?) {
            continue;
        }
        let mut entries = fs::read_dir(&folder)?.collect::<io::Result<Vec<_>>>()?;
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            let path = entry.path();
            let name = entry.file_name();
            let name = name.to_string_lossy();
            // A link that leads nowhere is skipped.
            let Ok(metadata) = fs::metadata(&path) else {
                continue;
            };
            if metadata.is_dir() {
                if !name.starts_with('.') && name != "target" {
                    folders.push(path);
                }
            } else if metadata.is_file()
                && path.extension().is_some_and(|extension| extension == "rs")
                && seen.insert(fs::canonicalize(&path)?)
            {
                files.push(path);
            }
        }
    }
    files.sort();
    Ok(files)
}
