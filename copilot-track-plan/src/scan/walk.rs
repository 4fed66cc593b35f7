//! Lists the Rust files of a folder.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::{fs, io};

use super::modules::is_root;

/// The Rust files of a folder.
pub(super) struct FoundFiles {
    /// The files. The file that declares a module comes before the files of the module.
    pub(super) files: Vec<PathBuf>,
    /// The files and folders that were found, without symbolic links.
    pub(super) seen: HashSet<PathBuf>,
    /// The folders that cannot be read, and the reasons.
    pub(super) unreadable: Vec<(PathBuf, String)>,
}

/// Returns the Rust files in `path`, which can also be a file.
pub(super) fn rust_files(path: &Path) -> io::Result<FoundFiles> {
    let mut found = FoundFiles {
        files: Vec::new(),
        // Folders that symbolic links lead to several times are read once.
        seen: HashSet::new(),
        unreadable: Vec::new(),
    };
    if fs::metadata(path)?.is_file() {
        found.seen.insert(fs::canonicalize(path)?);
        found.files.push(path.to_owned());
        return Ok(found);
    }
    let mut folders = vec![path.to_owned()];
    while let Some(folder) = folders.pop() {
        if let Err(error) = found.add_folder(&folder, &mut folders) {
            if folder == path {
                return Err(error);
            }
            let message = format!("cannot read the folder: {error}");
            found.unreadable.push((folder, message));
        }
    }
    found
        .files
        .sort_by_cached_key(|file| (file.components().count(), !is_root(file), file.clone()));
    Ok(found)
}

impl FoundFiles {
    fn add_folder(&mut self, folder: &Path, folders: &mut Vec<PathBuf>) -> io::Result<()> {
        if !self.seen.insert(fs::canonicalize(folder)?) {
            return Ok(());
        }
        let is_package = folder.join("Cargo.toml").exists();
        let mut entries = fs::read_dir(folder)?.collect::<io::Result<Vec<_>>>()?;
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
                let is_for_tests = is_package && (name == "tests" || name == "benches");
                if !name.starts_with('.') && name != "target" && !is_for_tests {
                    folders.push(path);
                }
            } else if metadata.is_file()
                && path.extension().is_some_and(|extension| extension == "rs")
                && self.seen.insert(fs::canonicalize(&path)?)
            {
                self.files.push(path);
            }
        }
        Ok(())
    }
}
