//! The number of an end.

/// The number of an end, and the number of messages if it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NumberedEnd {
    pub(crate) number: u64,
    pub(crate) message_count: Option<u64>,
}

/// A closure that sends a Conversation Ended event.
pub(crate) type SendEnd = Box<dyn FnOnce(NumberedEnd) + Send>;
