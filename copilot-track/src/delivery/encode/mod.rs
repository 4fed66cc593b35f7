//! From an envelope to one event's JSON.

pub(crate) mod encoder;
pub(crate) mod hook;
pub(crate) mod refusal;
pub(crate) mod rendered;
pub(crate) mod truncate;
