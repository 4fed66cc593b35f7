//! The copilot's answers: [`answer()`] returns one at once, and [`explain()`] streams one word by
//! word.
//!
//! A language model would write these texts. The `#[tracked_reply]` attribute on both functions
//! sends each answer as a Message Received. The tools that an answer calls, and the chart that it
//! draws, refer to that message.

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
