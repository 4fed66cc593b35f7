//! Conversations as rows of the `conversations` table.

use rusqlite::types::ValueRef;

use crate::{
    conversation::{record::ConversationRecord, summary::Conversation},
    store::{error::StoreError, query::ConversationQuery},
};

/// Returns the additional SQL condition of a query for conversations.
pub(super) fn conversation_condition(query: &ConversationQuery) -> String {
    let problems = match query.problems {
        Some(true) => " AND problems > 0",
        Some(false) => " AND problems = 0",
        None => "",
    };
    let ended = match query.ended {
        Some(true) => " AND ended",
        Some(false) => " AND NOT ended",
        None => "",
    };
    format!("{problems}{ended}")
}

/// Reads a conversation from the `summary` column.
pub(super) fn conversation_summary(summary: ValueRef<'_>) -> Result<Conversation, StoreError> {
    let summary = summary.as_str().map_err(rusqlite::Error::from)?;
    Ok(serde_json::from_str::<ConversationRecord>(summary)?.to_summary())
}
