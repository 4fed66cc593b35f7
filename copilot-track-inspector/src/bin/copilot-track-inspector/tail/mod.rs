//! Prints the conversations of a running inspector live.

mod describe;
mod escape;
pub(crate) mod follow;
mod print;
mod stream;
mod style;
