//! A dead letter.

use crate::delivery::segment::message::ParsedMessage;
use crate::privacy::content::Content;

/// An event read from a dead-letter file.
#[derive(Debug)]
pub(crate) struct DeadLetter {
    pub(crate) event: ParsedMessage,
    /// The event's original envelope id, which a replay keeps.
    pub(crate) id: String,
    /// The least strict content policy that may have been applied to the event.
    pub(crate) content: Content,
}
