//! Creates files and directories that only the current user can access.
//!
//! Files have the mode 0600 and directories the mode 0700. On systems without such modes, they are
//! created with the system's defaults.

use std::fs::{DirBuilder, OpenOptions};
use std::io;
use std::path::Path;

/// Creates a directory and its missing parents. An existing directory keeps its mode.
pub(crate) fn create_directory(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(path)
}

/// Returns options that create a file if it does not exist. An existing file keeps its mode.
pub(crate) fn creating() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Removes the access of other users to an existing file.
#[cfg(feature = "spool")]
pub(crate) fn make_private(file: &std::fs::File, path: &Path) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;

        use crate::util::reentrancy;
        let changed = file.metadata().and_then(|metadata| {
            let mut permissions = metadata.permissions();
            let others = permissions.mode() & 0o077;
            permissions.set_mode(permissions.mode() & 0o700);
            (others != 0)
                .then(|| file.set_permissions(permissions))
                .transpose()
        });
        let path = path.display();
        match changed {
            Ok(None) => {}
            Ok(Some(())) => {
                reentrancy::log(|| {
                    tracing::info!(file = %path, "other users can no longer access the file");
                });
            }
            Err(error) => {
                reentrancy::log(|| {
                    tracing::warn!(%error, file = %path, "other users may access the file");
                });
            }
        }
    }
    #[cfg(not(unix))]
    let _ = (file, path);
}

/// The identity of an open file.
#[derive(Debug)]
pub(crate) struct FileId {
    /// The numbers of the device and of the inode.
    #[cfg(unix)]
    numbers: (u64, u64),
}

impl FileId {
    pub(crate) fn of(file: &std::fs::File) -> io::Result<Self> {
        let metadata = file.metadata()?;
        #[cfg(not(unix))]
        let _ = metadata;
        Ok(Self {
            #[cfg(unix)]
            numbers: numbers(&metadata),
        })
    }

    /// Returns whether the path still refers to the file, which must be open. On systems other than
    /// Unix, returns whether the path exists.
    pub(crate) fn is_at(&self, path: &Path) -> bool {
        #[cfg(unix)]
        return std::fs::metadata(path).is_ok_and(|found| numbers(&found) == self.numbers);
        #[cfg(not(unix))]
        path.exists()
    }
}

#[cfg(unix)]
fn numbers(metadata: &std::fs::Metadata) -> (u64, u64) {
    use std::os::unix::fs::MetadataExt as _;
    (metadata.dev(), metadata.ino())
}
