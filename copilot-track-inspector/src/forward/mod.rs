//! Forwards events to Segment.
//!
//! Each accepted request is sent again with the write key of a Segment source, in order and one at
//! a time. The queue is bounded, so an outage of Segment neither delays clients nor fills the
//! memory. The write key is in no error, response, or log.

mod client;
mod queue;
pub(crate) mod request;
pub(crate) mod status;
pub(crate) mod target;
#[cfg(test)]
mod tests;

pub(crate) use self::{client::FORWARD_HEADER, queue::Forwarder};
