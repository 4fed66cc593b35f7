//! Errors from reading and decompressing a body.

use std::time::Duration;

use http::StatusCode;

/// An error from reading or decompressing a body.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum BodyError {
    /// The connection closed before the whole body arrived.
    #[error("the connection closed before the whole body arrived")]
    Disconnected,
    /// The body took longer than [`Limits::body_timeout`](crate::Limits::body_timeout).
    #[error("the body did not arrive within {} s", timeout.as_secs_f64())]
    TimedOut {
        /// The timeout.
        timeout: Duration,
    },
    /// The body is larger than [`Limits::max_body_bytes`](crate::Limits::max_body_bytes), before
    /// or after decompression.
    #[error("the body is larger than {max_bytes} bytes; send smaller batches")]
    TooLarge {
        /// The limit, in bytes.
        max_bytes: usize,
    },
    /// The body cannot be decompressed according to its `Content-Encoding`.
    #[error("the body is not valid {encoding}, although its Content-Encoding is {encoding}")]
    InvalidEncoding {
        /// The encoding: `gzip` or `deflate`.
        encoding: &'static str,
    },
    /// The body's `Content-Encoding` is not gzip, deflate, or identity.
    #[error("unsupported Content-Encoding {encoding:?}: expected gzip, deflate, or identity")]
    UnsupportedEncoding {
        /// The value of the header, in lower case.
        encoding: String,
    },
}

impl BodyError {
    /// Returns the status with which a server should respond. A timeout results in status 408,
    /// after which clients retry. Any other error results in status 400, which is also what Segment
    /// returns.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        match self {
            Self::TimedOut { .. } => StatusCode::REQUEST_TIMEOUT,
            _ => StatusCode::BAD_REQUEST,
        }
    }
}
