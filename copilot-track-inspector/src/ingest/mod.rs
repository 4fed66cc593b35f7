//! A request or a line → events, each with its verdict.

pub(crate) mod call;
pub(crate) mod envelope;
pub(crate) mod import;
