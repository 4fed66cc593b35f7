//! The rules that every id follows, and the error for invalid ids.

use std::fmt;

/// The maximum number of characters in an id. Segment rejects longer ids.
pub const MAX_ID_CHARS: usize = 100;

/// The error returned for a string that is not a valid id.
///
/// `Debug` prints the same message as `Display`, because Rust prints the `Debug` output of an error
/// that `main` returns.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseIdError {
    /// The id is empty or contains only whitespace.
    #[error("the {what} is empty")]
    Empty {
        /// The kind of id, for example `conversation id`.
        what: &'static str,
    },
    /// The id has more than [`MAX_ID_CHARS`] characters.
    #[error(
        "the {what} has {chars} characters, but Segment accepts at most {MAX_ID_CHARS}: use a shorter id or a hash"
    )]
    TooLong {
        /// The kind of id, for example `conversation id`.
        what: &'static str,
        /// The number of characters.
        chars: usize,
    },
}

impl fmt::Debug for ParseIdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ParseIdError: {self}")
    }
}

/// Checks that an id is not blank and has at most [`MAX_ID_CHARS`] characters.
pub(crate) fn parse(what: &'static str, text: &str) -> Result<(), ParseIdError> {
    if text.trim().is_empty() {
        return Err(ParseIdError::Empty { what });
    }
    // A string of at most 100 bytes has at most 100 characters, so most ids need no counting.
    if text.len() > MAX_ID_CHARS {
        let chars = text.chars().count();
        if chars > MAX_ID_CHARS {
            return Err(ParseIdError::TooLong { what, chars });
        }
    }
    Ok(())
}
