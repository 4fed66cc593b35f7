//! One inspector has a database at a time.

use std::{
    fs::{File, OpenOptions},
    path::Path,
};

use crate::store::error::StoreError;

/// A file beside the database, locked while it is in use: two that number events would collide.
pub(super) fn lock(path: &Path) -> Result<File, StoreError> {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&name)
        .map_err(StoreError::File)?;
    file.try_lock().map_err(|error| match error {
        std::fs::TryLockError::WouldBlock => StoreError::InUse,
        std::fs::TryLockError::Error(error) => StoreError::File(error),
    })?;
    Ok(file)
}
