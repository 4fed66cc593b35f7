//! One event in the spool.

use bytes::Bytes;

use crate::privacy::content::Content;

/// An event as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SpoolRecord {
    /// The policy that was applied to it.
    pub(crate) content: Content,
    /// The properties that hold what was said, a line each.
    pub(crate) content_properties: String,
    pub(crate) json: Bytes,
}

impl SpoolRecord {
    /// How many bytes it holds beside itself.
    pub(super) fn memory_size(&self) -> usize {
        self.json.len() + self.content_properties.len()
    }
}
