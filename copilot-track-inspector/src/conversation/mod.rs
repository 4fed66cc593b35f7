//! Conversations: their summaries, and the checks that need more than one event.
//!
//! Events can arrive in any order, because several processes and browsers can send the events of
//! one conversation. A conversation is therefore ordered by the times at which its events happened.

pub(crate) mod judge;
pub(crate) mod messages;
pub(crate) mod position;
pub(crate) mod record;
mod statuses;
pub(crate) mod summary;
#[cfg(test)]
mod tests;
pub(crate) mod timeline;
