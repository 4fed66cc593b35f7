//! The instrumented functions.

/// The function that is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Function {
    /// A tool handler: Action Invoked.
    Tool,
    /// The function that replies: Message Received.
    Reply,
}
