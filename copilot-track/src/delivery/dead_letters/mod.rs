//! Dead letters: events that were rejected or expired, in a file from which they can be replayed.

pub(crate) mod dead_letter;
pub(crate) mod reader;
pub(crate) mod replay_files;
pub(crate) mod writer;
