//! copilot-track

#[doc(hidden)]
pub mod __private;
