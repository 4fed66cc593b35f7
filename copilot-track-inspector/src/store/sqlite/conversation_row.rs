//! Conversations as rows of the `conversations` table.

use rusqlite::types::ValueRef;

use crate::{
    conversation::{record::ConversationRecord, summary::Conversation},
    search::validate::Search,
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
    let mut conditions = vec![problems.to_owned(), ended.to_owned()];
    for range in query.search.iter().flat_map(Search::message_ranges) {
        let (from, to) = (range.start().max(&0), range.end());
        conditions.push(format!(
            " AND id != '' AND coalesce(summary ->> '$.timeline.messages', 0) BETWEEN {from} AND {to}"
        ));
    }
    conditions.concat()
}

/// Reads a conversation from the `summary` column.
pub(super) fn conversation_summary(summary: ValueRef<'_>) -> Result<Conversation, StoreError> {
    let summary = summary.as_str().map_err(rusqlite::Error::from)?;
    Ok(serde_json::from_str::<ConversationRecord>(summary)?.to_summary())
}
