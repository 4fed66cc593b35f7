//! The context of events: Segment's `context` object.

pub(crate) mod event_context;
mod limits;
pub(crate) mod objects;
