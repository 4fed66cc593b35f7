//! The `users` table, which contains the last conversation of each user.

use std::collections::HashMap;

use foldhash::fast::RandomState;
use rusqlite::{Connection, params};

use super::integers::signed;
use crate::{
    event::model::Event,
    store::{error::StoreError, history::user_keys},
};

/// The last events of users in conversations. They are written when a transaction ends.
#[derive(Debug, Default)]
pub(super) struct LastConversations {
    /// The sequence number of the event, and the id of the conversation.
    by_user: HashMap<String, (u64, String), RandomState>,
}

impl LastConversations {
    /// Records an event of a conversation.
    pub(super) fn record(&mut self, event: &Event, conversation: &str) {
        for user in user_keys(event.user_id.as_deref(), event.anonymous_id.as_deref()) {
            if let Some((seq, last)) = self.by_user.get_mut(&user) {
                *seq = event.seq;
                // The id is copied only if it has changed.
                if last != conversation {
                    conversation.clone_into(last);
                }
            } else {
                self.by_user
                    .insert(user, (event.seq, conversation.to_owned()));
            }
        }
    }

    /// Removes an event that is removed from the store.
    pub(super) fn forget(&mut self, event: &Event) {
        for user in user_keys(event.user_id.as_deref(), event.anonymous_id.as_deref()) {
            if self.by_user.get(&user).is_some_and(|it| it.0 == event.seq) {
                self.by_user.remove(&user);
            }
        }
    }

    /// Returns the last conversation of a user, if it has changed in this transaction.
    pub(super) fn conversation_of(&self, user: &str) -> Option<&str> {
        self.by_user.get(user).map(|(_, id)| id.as_str())
    }

    /// Writes the changes.
    pub(super) fn write(&self, connection: &Connection) -> Result<(), StoreError> {
        let mut statement = connection.prepare_cached("REPLACE INTO users VALUES (?, ?, ?)")?;
        for (user, (seq, conversation)) in &self.by_user {
            statement.execute(params![user, signed(*seq), conversation])?;
        }
        Ok(())
    }
}
