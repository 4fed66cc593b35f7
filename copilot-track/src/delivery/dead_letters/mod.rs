//! Files of events that will never be delivered.

pub(crate) mod letter;
pub(crate) mod log;
pub(crate) mod read;
pub(crate) mod replay_files;
