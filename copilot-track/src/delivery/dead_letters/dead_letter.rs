//! One dead letter.

use segment::message::BatchMessage;

use crate::privacy::content::Content;

/// A letter.
#[derive(Debug)]
pub(crate) struct DeadLetter {
    pub(crate) message: BatchMessage,
    /// Its envelope id, which it keeps.
    pub(crate) id: String,
    /// The policy that it has gone through at least.
    pub(crate) content: Content,
}
