//! What the copilot says: [`answer`] at once, [`tell`] word by word.
//!
//! A model would word these. The two attributes make a Message Received of each; the tools that an
//! answer calls, and the chart that it draws, hang on that message.

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
