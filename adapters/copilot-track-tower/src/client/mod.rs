//! The layer for clients that send requests.

pub(crate) mod inject_turn;
pub(crate) mod origin;
