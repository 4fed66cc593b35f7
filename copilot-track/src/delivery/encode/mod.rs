//! Encodes envelopes as JSON.

pub(crate) mod cached_fragments;
pub(crate) mod encoder;
pub(crate) mod error;
pub(crate) mod hook;
pub(crate) mod truncate;
