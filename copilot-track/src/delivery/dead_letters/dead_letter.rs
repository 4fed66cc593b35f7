//! A dead letter.

use segment::message::BatchMessage;

use crate::privacy::content::Content;

/// An event from a file of dead letters.
#[derive(Debug)]
pub(crate) struct DeadLetter {
    pub(crate) message: BatchMessage,
    /// The envelope id, which the event keeps.
    pub(crate) id: String,
    /// The least strict content policy that can have been applied to the event.
    pub(crate) content: Content,
}
