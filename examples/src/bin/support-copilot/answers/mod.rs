//! The copilot's answers. [`answer()`] returns a whole answer, and [`explain()`] streams an answer
//! word by word.
//!
//! A language model would write these answers. The `#[tracked_reply]` attribute on both functions
//! sends each answer as a Message Received. The events of the tools and charts in an answer refer
//! to that message.

mod answer;
mod explain;
mod reply;
#[cfg(test)]
mod tests;

pub(crate) use self::{
    answer::{Attachment, Outcome},
    explain::explain,
    reply::answer,
};
