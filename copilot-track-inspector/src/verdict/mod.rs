//! What is found of an event when it is held against Segment's *Spec: AI Copilot* and against the
//! limits of the tracking API.
//!
//! The spec stands in [`spec`] as data of this crate's own, read from the text of the spec and not
//! from the library that is inspected.

pub(crate) mod call;
pub(crate) mod findings;
mod names;
mod spec;
#[cfg(test)]
mod tests;
mod times;
mod track;
