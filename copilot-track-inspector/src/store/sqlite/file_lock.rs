//! A lock that allows only one inspector at a time to use a database.

use std::{fs::File, path::Path};

use super::private_file;
use crate::store::error::StoreError;

/// Creates and locks the file `PATH.lock`. Two writers would assign the same sequence numbers.
pub(super) fn lock(path: &Path) -> Result<File, StoreError> {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    let file = private_file::create(Path::new(&name)).map_err(StoreError::Io)?;
    file.try_lock().map_err(|error| match error {
        std::fs::TryLockError::WouldBlock => StoreError::InUse,
        std::fs::TryLockError::Error(error) => StoreError::Io(error),
    })?;
    Ok(file)
}
