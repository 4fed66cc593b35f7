//! Dead letters: rejected or expired events, stored in a file so that they can be replayed.
//!
//! Several processes can write to the same file while another one renames it, for example to replay
//! it. Code that appends to the file or renames it first locks the file, and then checks that the
//! path still refers to it.

mod append;
pub(crate) mod dead_letter;
pub(crate) mod file_lock;
pub(crate) mod moved_lines;
pub(crate) mod outcomes;
pub(crate) mod reader;
pub(crate) mod replay_files;
pub(crate) mod replay_progress;
#[cfg(test)]
mod tests;
pub(crate) mod writer;
