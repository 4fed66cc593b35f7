//! Errors from the store.

/// An error from reading or writing the store.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StoreError {
    #[error("the inspector has stopped")]
    Stopped,
    #[error("the search was abandoned")]
    Cancelled,
    #[cfg(feature = "sqlite")]
    #[error("the events could not be written ({0}) and are not stored; send them again")]
    NotWritten(String),
    #[cfg(feature = "sqlite")]
    #[error(
        "nothing was deleted: the database cannot be written ({error}) and {file} cannot be removed ({remove_error}); stop the inspector, delete {file}, {file}-wal, and {file}-shm, and start it again"
    )]
    NotDeleted {
        error: String,
        remove_error: std::io::Error,
        file: String,
    },
    #[cfg(feature = "sqlite")]
    #[error(
        "everything was deleted, but a new database file could not be created ({0}); the inspector tries again when the next events arrive"
    )]
    NotRecreated(String),
    #[cfg(feature = "sqlite")]
    #[error("database error: {0}")]
    Database(rusqlite::Error),
    #[cfg(feature = "sqlite")]
    #[error("{0}")]
    Io(std::io::Error),
    #[cfg(feature = "sqlite")]
    #[error("another inspector is using this file; stop it or use another file")]
    InUse,
    #[cfg(feature = "sqlite")]
    #[error(
        "this is not the name of a file; SQLite would not keep the events, so leave out `--db` to store events in memory"
    )]
    NotAFile,
    #[cfg(feature = "sqlite")]
    #[error("this file is not a database of the inspector; use another file")]
    UnknownFile,
    #[cfg(feature = "sqlite")]
    #[error(
        "a newer version of the inspector has written this file; update the inspector or use another file"
    )]
    NewerVersion,
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
        Self::Io(std::io::Error::other(error))
    }
}
