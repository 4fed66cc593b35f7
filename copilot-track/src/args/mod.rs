//! What the arguments of the attributes may be, and what a function may return.

pub(crate) mod argument;
mod value;

pub use self::argument::*;
pub use self::value::{AsConversation, MessageBody};
