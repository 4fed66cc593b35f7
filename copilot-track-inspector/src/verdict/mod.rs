//! Checks a call against Segment's *Spec: AI Copilot* and the limits of the tracking API.
//!
//! [`spec`] contains the spec as data. It was written from the text of the spec and shares no code
//! with copilot-track.

pub(crate) mod call;
pub(crate) mod findings;
mod names;
mod spec;
#[cfg(test)]
mod tests;
mod timestamps;
mod track;
