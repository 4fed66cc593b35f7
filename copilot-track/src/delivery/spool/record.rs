//! One event in the spool.

use bytes::Bytes;

use crate::privacy::content::Content;

/// An event as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Record {
    /// The policy that was applied to it.
    pub(crate) content: Content,
    /// The properties that hold what was said, a line each.
    pub(crate) said: String,
    pub(crate) json: Bytes,
}

impl Record {
    /// How many bytes it holds beside itself.
    pub(super) fn memory(&self) -> usize {
        self.json.len() + self.said.len()
    }
}
