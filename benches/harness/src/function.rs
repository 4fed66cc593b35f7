//! The instrumented functions.

/// Which function is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Function {
    /// A tool handler: Action Invoked.
    Tool,
    /// The function that answers: Message Received.
    Reply,
}
