//! The rules that every id follows, and their error.

use std::fmt;

/// The maximum number of characters of an id. Segment rejects longer ids.
pub const MAX_ID_CHARS: usize = 100;

/// The error returned for a text that is not a valid id.
///
/// `Debug` prints the same message as `Display`, because it is what Rust prints if `main` returns
/// the error.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseIdError {
    /// The id is empty or only white space.
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
    // A text of at most 100 bytes has at most 100 characters, which avoids counting in most cases.
    if text.len() > MAX_ID_CHARS {
        let chars = text.chars().count();
        if chars > MAX_ID_CHARS {
            return Err(ParseIdError::TooLong { what, chars });
        }
    }
    Ok(())
}
