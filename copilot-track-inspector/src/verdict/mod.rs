//! Checks a call against Segment's *Spec: AI Copilot* and the limits of the tracking API.
//!
//! [`spec`] contains the spec as data. It was written from the text of the spec and shares no code
//! with copilot-track.

pub(crate) mod call;
pub(crate) mod code;
mod dates;
pub(crate) mod findings;
mod names;
mod opt_in;
pub(crate) mod plan;
pub(crate) mod source;
mod spec;
#[cfg(test)]
mod tests;
pub(crate) mod timestamps;
mod track;
mod values;
