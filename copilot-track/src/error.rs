//! The error type for building a tracker.

use std::error::Error;
use std::fmt;
use std::io;

/// The error returned when a tracker cannot be built.
///
/// `Display` prints the error without its source, which [`Error::source`] returns. `Debug` prints
/// the error and its sources on one readable line, because Rust prints the `Debug` output of an
/// error that `main` returns.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The write key is missing.
    #[error(
        "no write key: set SEGMENT_WRITE_KEY or call `.write_key(\"…\")`; to send nothing, set \
         COPILOT_TRACK_DISABLED=1 or use `Tracker::disabled()`"
    )]
    NoWriteKey,
    /// The write key is clearly not a key: for example, it is empty, in quotes, or a placeholder.
    /// The error message does not contain the key.
    #[error("invalid write key: {reason}")]
    InvalidWriteKey {
        /// What is wrong with the key, and how to correct it.
        reason: &'static str,
    },
    /// The endpoint is not a valid URL, or events cannot be sent to it.
    #[error("invalid endpoint `{endpoint}`: {reason}")]
    InvalidEndpoint {
        /// The endpoint as it was given, without its user name, password, query, and fragment.
        endpoint: String,
        /// The reason why the endpoint is invalid.
        reason: &'static str,
    },
    /// The endpoint uses plain HTTP and is not on this machine.
    #[error(
        "the endpoint `{endpoint}` would receive conversations and the write key unencrypted: use \
         https, or, if you trust the network, call `.allow_plain_http(true)` or set \
         COPILOT_TRACK_ALLOW_PLAIN_HTTP to the name of the host"
    )]
    PlainHttp {
        /// The endpoint as it was given.
        endpoint: String,
    },
    /// An environment variable has an invalid value.
    #[error("invalid value `{value}` for {variable}: expected {expected}")]
    InvalidVariable {
        /// The name of the variable.
        variable: &'static str,
        /// Its value, without the secrets that a URL can contain.
        value: String,
        /// The valid values.
        expected: &'static str,
    },
    /// A number or duration is out of range.
    #[error("`{setting}` (COPILOT_TRACK_{}) must be {expected}", setting.to_ascii_uppercase())]
    OutOfRange {
        /// The name of the builder method.
        setting: &'static str,
        /// The valid range.
        expected: &'static str,
    },
    /// Another tracker, in this process or in another one, uses the spool's directory. A fork of a
    /// process that used it keeps it in use.
    #[cfg(feature = "spool")]
    #[error(
        "the spool `{}` is in use: give each tracker its own directory, or wait for the other \
         tracker with `Spool::wait_for_lock`",
        directory.display()
    )]
    SpoolInUse {
        /// The spool's directory.
        directory: std::path::PathBuf,
    },
    /// The spool was written by a newer version of this crate, in a format that this version cannot
    /// read.
    #[cfg(feature = "spool")]
    #[error(
        "the spool `{}` was written by a newer version of copilot-track: run that version until the \
         spool is empty, or use another directory",
        directory.display()
    )]
    SpoolIsNewer {
        /// The spool's directory.
        directory: std::path::PathBuf,
    },
    /// `Overflow::SpillToDisk` conflicts with another setting.
    #[cfg(feature = "spool")]
    #[error("`Overflow::SpillToDisk` {problem}")]
    SpillToDisk {
        /// The conflict, and how to resolve it.
        problem: &'static str,
    },
    /// The spool's directory cannot be opened.
    #[cfg(feature = "spool")]
    #[error("cannot open the spool `{}`", directory.display())]
    Spool {
        /// The spool's directory.
        directory: std::path::PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// The `rustls-no-provider` feature is enabled, and the program did not install a provider.
    #[error(
        "no rustls crypto provider is installed: at the start of `main`, install the provider that \
         the program uses, for example with \
         `rustls::crypto::ring::default_provider().install_default()`; or enable copilot-track's \
         feature `rustls`, which uses aws-lc-rs and needs no installed provider"
    )]
    NoCryptoProvider,
    /// The endpoint uses HTTPS, and there are no root certificates to verify its certificate with.
    #[error(
        "no root certificates were found, which HTTPS requires: install the package \
         `ca-certificates`, set SSL_CERT_FILE to a file of certificates in PEM format, or call \
         `.root_certificates(…)`"
    )]
    NoRootCertificates(#[source] Option<Box<dyn Error + Send + Sync>>),
    /// A string that was passed to `TrackerBuilder::root_certificates` contains no certificate or
    /// an invalid one.
    #[error(
        "invalid value for `.root_certificates(…)`: expected certificates in PEM format, which begin \
         with `-----BEGIN CERTIFICATE-----`"
    )]
    InvalidRootCertificates(#[source] Box<dyn Error + Send + Sync>),
    /// A key for turn contexts has fewer than 32 bytes.
    #[cfg(feature = "signed-context")]
    #[error(
        "a key for `.turn_context_keys(…)` has fewer than 32 bytes: use random bytes, for example the \
         output of `openssl rand 32`"
    )]
    ShortTurnContextKey,
    /// The value of `TrackerBuilder::integrations` cannot be sent.
    #[error("invalid value for `.integrations(…)`: expected a map or a struct, but {reason}")]
    InvalidIntegrations {
        /// Why the value cannot be sent.
        reason: String,
    },
    /// The HTTP client cannot be created, for example because TLS cannot be initialized.
    #[error("cannot create the HTTP client")]
    HttpClient(#[source] Box<dyn Error + Send + Sync>),
    /// The delivery thread cannot be started.
    #[error("cannot start the delivery thread")]
    Thread(#[source] io::Error),
}

impl ConfigError {
    /// Returns the error for additional root certificates that cannot be used.
    #[cfg(feature = "__tls")]
    pub(crate) fn invalid_roots(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::InvalidRootCertificates(cause.into())
    }
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
