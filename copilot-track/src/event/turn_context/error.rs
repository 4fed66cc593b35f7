//! The error for a turn context that cannot be used.

use crate::event::ids::parse::ParseIdError;

/// The maximum size of a token in bytes. Servers commonly limit all headers of a request to 8 KB.
pub(super) const MAX_TOKEN_BYTES: usize = 4_096;

/// The error returned when a [`TurnContext`](crate::TurnContext) cannot be read, written, or
/// continued.
///
/// The messages do not contain the context, because it contains ids of a user.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TurnContextError {
    /// The encoded context has more than 4,096 bytes.
    #[error("the turn context has {bytes} bytes, but at most {MAX_TOKEN_BYTES} are allowed")]
    TooLong {
        /// The size of the encoded context.
        bytes: usize,
    },
    /// The context was written in a format that this version of the crate cannot read.
    #[error(
        "the turn context has an unsupported version: this version of copilot-track reads `v1`"
    )]
    UnsupportedVersion,
    /// The context is not in the documented format.
    #[error("the turn context is malformed: {reason}")]
    Malformed {
        /// The part that cannot be read.
        reason: &'static str,
    },
    /// An id in the context is empty or too long.
    #[error("the turn context contains an invalid id: {0}")]
    InvalidId(#[source] ParseIdError),
    /// The tracker has keys for turn contexts, and the context has no signature.
    #[error(
        "the turn context is not signed: set the same key on the tracker that created the context"
    )]
    Unsigned,
    /// No key of the tracker matches the signature.
    #[error("the signature of the turn context matches none of the tracker's keys")]
    InvalidSignature,
    /// The context has expired.
    #[error("the turn context has expired")]
    Expired,
}

impl From<ParseIdError> for TurnContextError {
    fn from(error: ParseIdError) -> Self {
        Self::InvalidId(error)
    }
}
