//! A running inspector's conversations in the terminal, as they happen.

pub(crate) mod follow;
mod print;
mod stream;
