//! A running inspector's conversations in the terminal, as they happen.

mod describe;
mod escape;
pub(crate) mod follow;
mod print;
mod stream;
mod style;
