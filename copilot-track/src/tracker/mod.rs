//! The tracker, and the replay of dead letters.

pub(crate) mod handle;
pub(crate) mod replay;
pub(crate) mod replay_options;
mod wait;
