//! Errors from starting and using an inspector.

use std::{fmt, io, net::SocketAddr, path::PathBuf};

use crate::{chaos::fault::ChaosError, store::error::StoreError};

/// An error from starting an inspector.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The inspector cannot listen on the address.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// The I/O error.
        source: io::Error,
    },
    /// The address is not a loopback address, and remote access is not allowed.
    #[error(
        "{0} can be reached from other machines, which could then read all conversations; use a loopback address or allow remote access"
    )]
    Remote(SocketAddr),
    /// The base URL is invalid.
    #[error("invalid base URL `{0}`: expected a URL such as https://tools.example/inspector")]
    BaseUrl(String),
    /// The text is not an origin, so no page could be allowed by it.
    #[error("invalid origin `{0}`: expected an origin such as https://shop.example, or *")]
    Origin(String),
    /// The token is too short or contains other characters than letters, digits, and `-._~`.
    #[error("the token must have at least 8 characters: letters, digits, and -._~")]
    Token,
    /// A thread or the async runtime could not be started.
    #[error("cannot start a thread")]
    Thread(#[source] io::Error),
    /// The database cannot be used.
    #[error("cannot use the database {}", file.display())]
    Database {
        /// The path of the database file.
        file: PathBuf,
        /// The reason why the database cannot be used.
        source: InspectorError,
    },
    /// The tracking plan or the list of accepted findings cannot be read.
    #[error("cannot check events against a tracking plan")]
    Plan {
        /// The path of the file.
        file: PathBuf,
        /// The reason why the file cannot be used.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Events cannot be forwarded. The string is the reason.
    #[error("cannot forward events: {0}")]
    Forward(String),
    /// The fault is invalid.
    #[error(transparent)]
    Chaos(#[from] ChaosError),
}

/// An error from reading or writing the inspector's store.
#[derive(Debug)]
pub struct InspectorError(pub(crate) StoreError);

impl fmt::Display for InspectorError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl std::error::Error for InspectorError {}
