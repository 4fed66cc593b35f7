//! Faults on demand: what an app does when its tracking API is slow, broken or gone.

pub(crate) mod fault;
mod parse;
pub(crate) mod switch;
