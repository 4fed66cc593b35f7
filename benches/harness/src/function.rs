//! The instrumented functions.

/// The function that is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Function {
    /// The tool handler, whose event is Action Invoked.
    Tool,
    /// The function that replies, whose event is Message Received.
    Reply,
}
