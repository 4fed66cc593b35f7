//! A running inspector, as a library.

pub(crate) mod builder;
pub(crate) mod handle;
