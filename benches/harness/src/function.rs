//! The instrumented functions.

/// Which function is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A tool handler: Action Invoked.
    Action,
    /// The function that answers: Message Received.
    Reply,
}
