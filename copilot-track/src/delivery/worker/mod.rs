//! The delivery thread.

pub(crate) mod spooled;
pub(crate) mod thread;
