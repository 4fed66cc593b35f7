//! A request or a line → events, each with its verdict.

pub(crate) mod body;
pub(crate) mod call;
mod duplicate_keys;
pub(crate) mod envelope;
pub(crate) mod import;
mod json;
