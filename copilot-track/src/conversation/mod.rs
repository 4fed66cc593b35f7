//! Conversations, turns, and the current scope.

mod continue_turn;
pub(crate) mod conversation;
pub(crate) mod conversation_state;
pub(crate) mod core;
pub(crate) mod current;
mod emit;
mod identify;
pub(crate) mod identity_snapshot;
mod message_log;
pub(crate) mod reply;
mod reply_facts;
pub(crate) mod reported_calls;
pub(crate) mod scope;
mod shared_store;
pub(crate) mod turn;
mod turn_replies;
