//! The library's interface: an inspector that is configured, started and stopped.

pub(crate) mod builder;
mod config;
pub(crate) mod handle;
mod thread;
