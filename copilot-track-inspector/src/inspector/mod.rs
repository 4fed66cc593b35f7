//! A running inspector, as a library.

pub(crate) mod builder;
mod config;
pub(crate) mod handle;
mod thread;
