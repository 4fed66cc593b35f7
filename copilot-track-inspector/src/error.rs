//! Why an inspector does not start, and what can go wrong with what it keeps.

use std::{fmt, io, net::SocketAddr};

use crate::{chaos::fault::ChaosError, store::error::StoreError};

/// Why an inspector did not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The address cannot be listened on.
    #[error(
        "cannot listen on {address}: {error}; another address goes by `--listen`, and 127.0.0.1:0 takes a free port"
    )]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system says.
        error: io::Error,
    },
    /// The address is not a loopback one.
    #[error(
        "{0} can be reached from other machines, which could read what your users say; if that is meant, say `--allow-remote`"
    )]
    Remote(SocketAddr),
    /// No thread or runtime could be had.
    #[error("cannot start a thread: {0}")]
    Thread(io::Error),
    /// The database cannot be used.
    #[error("cannot use the database {}: {error}", file.display())]
    Database {
        /// Its file.
        file: std::path::PathBuf,
        /// What is wrong.
        error: InspectorError,
    },
    /// The fault is out of its range.
    #[error(transparent)]
    Chaos(#[from] ChaosError),
}

/// The inspector cannot read or write what it keeps.
#[derive(Debug)]
pub struct InspectorError(pub(crate) StoreError);

impl fmt::Display for InspectorError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl std::error::Error for InspectorError {}
