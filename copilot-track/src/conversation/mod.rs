//! Conversations, turns, and the ambient scope.

pub(crate) mod conversation;
pub(crate) mod current;
mod emit;
mod events;
pub(crate) mod identity_snapshot;
pub(crate) mod scope;
pub(crate) mod state;
pub(crate) mod turn;
