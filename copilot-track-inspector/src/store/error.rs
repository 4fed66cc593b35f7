//! What can go wrong with a store.

/// What went wrong with what is kept.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StoreError {
    #[error("the inspector has stopped")]
    Stopped,
    #[cfg(feature = "sqlite")]
    #[error("the events could not be written ({0}), and are not kept: send them again")]
    NotWritten(String),
    #[cfg(feature = "sqlite")]
    #[error(
        "nothing was deleted: {error}, and {file} cannot be taken away: {why}; stop the inspector, delete {file} and the {file}-wal and {file}-shm beside it, and start it again"
    )]
    NotDeleted {
        error: String,
        why: std::io::Error,
        file: String,
    },
    #[cfg(feature = "sqlite")]
    #[error(
        "everything was deleted, but no new file could be made ({0}): it is tried again with the next events"
    )]
    NoFile(String),
    #[cfg(feature = "sqlite")]
    #[error("the database says: {0}")]
    Database(rusqlite::Error),
    #[cfg(feature = "sqlite")]
    #[error("{0}")]
    File(std::io::Error),
    #[cfg(feature = "sqlite")]
    #[error("another inspector has it open; stop that, or give this one a file of its own")]
    InUse,
    #[cfg(feature = "sqlite")]
    #[error("it is no file of this inspector, or of another version of it; name a new file")]
    Foreign,
}

#[cfg(feature = "sqlite")]
impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(error)
    }
}

#[cfg(feature = "sqlite")]
impl From<serde_json::Error> for StoreError {
    fn from(error: serde_json::Error) -> Self {
        Self::File(std::io::Error::other(error))
    }
}
