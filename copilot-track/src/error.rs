//! Why a tracker cannot be built.

use std::error::Error;
use std::fmt;
use std::io;

/// Why a tracker cannot be built.
///
/// `Display` prints the error without its source, which [`Error::source`] returns. `Debug` prints
/// both: it is what `main` prints of an error that it returns.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// There is no write key.
    #[error(
        "no write key: set SEGMENT_WRITE_KEY or call `.write_key(\"…\")`; to send nothing, set COPILOT_TRACK_DISABLED=1 or use `Tracker::disabled()`"
    )]
    NoWriteKey,
    /// The write key is empty, or has a character that no write key has. The key is not shown.
    #[error(
        "the write key is empty or has white space or control characters in it: copy it from the source's settings in Segment"
    )]
    InvalidWriteKey,
    /// The endpoint is no URL that can be sent to.
    #[error("the endpoint `{endpoint}` cannot be used: {why}")]
    InvalidEndpoint {
        /// The endpoint, without user name and password.
        endpoint: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// The endpoint is plain HTTP and not on this machine.
    #[error(
        "the endpoint `{endpoint}` would send conversations and the write key unencrypted: use https, or call `.allow_plain_http(true)` if the network is yours"
    )]
    PlainHttp {
        /// The endpoint.
        endpoint: String,
    },
    /// An environment variable has a value that it cannot have.
    #[error("invalid value `{value}` of {variable}: expected {expected}")]
    InvalidVariable {
        /// The variable's name.
        variable: &'static str,
        /// Its value.
        value: String,
        /// What it can be.
        expected: &'static str,
    },
    /// A number or duration is outside of what it can be.
    #[error("`{setting}` must be {expected}")]
    OutOfRange {
        /// The builder's method.
        setting: &'static str,
        /// What it can be.
        expected: &'static str,
    },
    /// Another tracker, here or in another process, uses the spool's directory.
    #[cfg(feature = "spool")]
    #[error(
        "the spool `{}` is in use: give each tracker a directory of its own, also in other processes",
        directory.display()
    )]
    SpoolInUse {
        /// The directory.
        directory: std::path::PathBuf,
    },
    /// A newer version of this crate has written the spool in a form that this one cannot read.
    #[cfg(feature = "spool")]
    #[error(
        "the spool `{}` was written by a newer version of copilot-track: use that version until it is empty, or give this tracker another directory",
        directory.display()
    )]
    SpoolIsNewer {
        /// The directory.
        directory: std::path::PathBuf,
    },
    /// `Overflow::SpillToDisk` does not go with the other settings.
    #[cfg(feature = "spool")]
    #[error("`Overflow::SpillToDisk` {problem}")]
    SpillToDisk {
        /// Why not, and what to write instead.
        problem: &'static str,
    },
    /// The spool's directory cannot be used.
    #[cfg(feature = "spool")]
    #[error("the spool `{}` cannot be used", directory.display())]
    Spool {
        /// The directory.
        directory: std::path::PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The HTTP client could not be set up, e.g. since the system has no usable TLS.
    #[error("the HTTP client cannot be set up")]
    HttpClient(#[source] Box<dyn Error + Send + Sync>),
    /// The delivery thread could not be started.
    #[error("the delivery thread cannot be started")]
    Thread(#[source] io::Error),
}

impl fmt::Debug for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ConfigError: {self}")?;
        let mut source = self.source();
        while let Some(error) = source {
            write!(f, ": {error}")?;
            source = error.source();
        }
        Ok(())
    }
}
