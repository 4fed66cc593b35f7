//! Files of events that will never be delivered.

pub(crate) mod dead_letter;
pub(crate) mod reader;
pub(crate) mod replay_files;
pub(crate) mod writer;
