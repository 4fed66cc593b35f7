//! An event in the spool.

use bytes::Bytes;

use crate::privacy::content::Content;

/// An event as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SpoolRecord {
    /// The content policy that was applied.
    pub(crate) content: Content,
    /// The names of the properties that the content policy applies to, as JSON (see
    /// `ContentNames`).
    pub(crate) content_properties: String,
    pub(crate) json: Bytes,
}

impl SpoolRecord {
    /// Returns the size of the record on the heap, in bytes.
    pub(super) fn memory_size(&self) -> usize {
        self.json.len() + self.content_properties.len()
    }
}
