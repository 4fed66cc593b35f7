//! Where the latest messages of a conversation are kept.

use std::sync::{Arc, Mutex, PoisonError};

use crate::event::ids::latest_messages::LatestMessages;
use crate::event::ids::message_id::MessageId;
use crate::store::outbox::Outbox;

/// Where the latest messages of a conversation are kept.
#[derive(Debug)]
pub(super) enum MessageLog {
    /// There is no store.
    Local(Box<Mutex<LatestMessages>>),
    /// With a store, the messages are kept next to the changes that must be written, so one lock is
    /// enough.
    Shared(Arc<Outbox>),
}

impl MessageLog {
    pub(super) fn local(messages: LatestMessages) -> Self {
        Self::Local(Box::new(Mutex::new(messages)))
    }

    /// Returns the changes that must be written to the store, if there is one.
    pub(super) fn outbox(&self) -> Option<&Arc<Outbox>> {
        match self {
            Self::Local(_) => None,
            Self::Shared(outbox) => Some(outbox),
        }
    }

    /// Calls a closure with the messages.
    pub(super) fn with<T>(&self, use_messages: impl FnOnce(&mut LatestMessages) -> T) -> T {
        match self {
            Self::Local(messages) => {
                use_messages(&mut messages.lock().unwrap_or_else(PoisonError::into_inner))
            }
            Self::Shared(outbox) => outbox.with_messages(use_messages),
        }
    }

    /// Adds a message, unless it is repeated. Calls `count` if the message is new. Returns whether
    /// it is.
    pub(super) fn add(&self, id: &MessageId, from_customer: bool, count: impl FnOnce()) -> bool {
        match self {
            Self::Local(messages) => {
                let mut messages = messages.lock().unwrap_or_else(PoisonError::into_inner);
                let is_new = messages.add(id, from_customer).is_some();
                drop(messages);
                if is_new {
                    count();
                }
                is_new
            }
            Self::Shared(outbox) => outbox.add_message(id, from_customer, count),
        }
    }
}
