//! Dead letters: rejected or expired events, stored in a file so that they can be replayed.

pub(crate) mod dead_letter;
pub(crate) mod reader;
pub(crate) mod replay_files;
pub(crate) mod writer;
