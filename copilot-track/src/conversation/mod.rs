//! Conversations, their turns, and the ambient scope.

pub(crate) mod events;
pub(crate) mod frame;
pub(crate) mod handle;
pub(crate) mod scope;
pub(crate) mod snapshot;
pub(crate) mod state;
pub(crate) mod turn;
