//! Conversations, their turns, and the ambient scope.

pub(crate) mod handle;
pub(crate) mod scope;
pub(crate) mod state;
pub(crate) mod turn;
