//! The library's interface. It configures, starts, and stops an inspector.

mod addresses;
pub(crate) mod builder;
mod config;
pub(crate) mod handle;
mod thread;
