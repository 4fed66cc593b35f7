//! Injects faults, to test how an app behaves when the tracking API is slow, broken, or down.

pub(crate) mod fault;
mod parse;
pub(crate) mod switch;
