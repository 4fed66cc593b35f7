//! Finds the conversations that match a search.

use std::collections::HashSet;

use rusqlite::{Connection, Row};

use super::{
    super::{
        conversation_row::{conversation_condition, conversation_summary},
        event_row::{EVENT_COLUMN_COUNT, EVENT_COLUMNS, EventReader},
        integers::{signed, unsigned},
    },
    block::Block,
    block_search::BlockSearch,
    status::IndexStatus,
};
use crate::{
    conversation::{record::ConversationRecord, summary::Conversation},
    search::validate::Search,
    store::{
        error::StoreError,
        query::{ConversationQuery, Page},
    },
};

/// The number of events that are searched without the index. A search for a common text finds
/// enough conversations among them.
const MAX_DIRECT_EVENTS: u64 = 1_000;
/// Up to this number of conversations, each is looked up. Otherwise, all conversations are read in
/// order until the page is full.
const MAX_LOOKUPS: usize = 2_000;

/// A search for conversations.
pub(in super::super) struct ConversationSearch<'a> {
    connection: &'a Connection,
    query: &'a ConversationQuery,
    search: &'a Search,
}

impl<'a> ConversationSearch<'a> {
    pub(in super::super) fn new(
        connection: &'a Connection,
        query: &'a ConversationQuery,
        search: &'a Search,
    ) -> Self {
        Self {
            connection,
            query,
            search,
        }
    }

    pub(in super::super) fn find(
        &self,
        index: &IndexStatus,
    ) -> Result<Page<Conversation>, StoreError> {
        let max_events = if index.enabled {
            MAX_DIRECT_EVENTS
        } else {
            u64::MAX
        };
        if let Some(page) = self.find_directly(max_events)? {
            return Ok(page);
        }
        let found = self.find_in_index(index)?;
        self.page(&found)
    }

    /// Searches the events of one conversation after another. Returns `None` if the conversations
    /// have more than `max_events` events.
    fn find_directly(&self, max_events: u64) -> Result<Option<Page<Conversation>>, StoreError> {
        let mut remaining_events = max_events;
        let mut items = Vec::new();
        let sql = self.sql("last_seq < ?", "ORDER BY last_seq DESC");
        let mut statement = self.connection.prepare_cached(&sql)?;
        let mut rows = statement.query([self.before()])?;
        while let Some(row) = rows.next()? {
            let summary = row.get_ref(2)?.as_str().map_err(rusqlite::Error::from)?;
            let record: ConversationRecord = serde_json::from_str(summary)?;
            let Some(remaining) = remaining_events.checked_sub(record.summary.events) else {
                return Ok(None);
            };
            remaining_events = remaining;
            if self.is_in_conversation(row.get(0)?)? {
                if items.len() == self.query.limit {
                    return Ok(Some(Page { items, more: true }));
                }
                items.push(record.to_summary());
            }
        }
        Ok(Some(Page { items, more: false }))
    }

    /// Returns whether an event of a conversation matches.
    fn is_in_conversation(&self, key: i64) -> Result<bool, StoreError> {
        let sql = format!("SELECT {EVENT_COLUMNS} FROM events WHERE conversation = ?");
        let mut statement = self.connection.prepare_cached(&sql)?;
        let mut rows = statement.query([key])?;
        let reader = EventReader::new(self.connection);
        while let Some(row) = rows.next()? {
            self.check_cancelled()?;
            if self.search.matches(&reader.event(row)?) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Returns the keys of all conversations with a matching event.
    fn find_in_index(&self, index: &IndexStatus) -> Result<HashSet<i64>, StoreError> {
        let (first, last): (i64, i64) = self.connection.query_row(
            "SELECT coalesce((SELECT min(seq) FROM events), last_seq + 1), last_seq FROM state",
            [],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?;
        let first = unsigned(first);
        let mut found = HashSet::new();
        let mut remaining = Remaining {
            first,
            end: unsigned(last) + 1,
        };
        if self
            .find_in_blocks(&mut remaining, index, &mut found)
            .is_err()
        {
            // SQLite also returns an error if it stops because the search is cancelled.
            self.check_cancelled()?;
            index.set_damaged();
        }
        if remaining.end > remaining.first {
            self.find_in_events(remaining.first, remaining.end, &mut found)?;
            // All events but the newest are in blocks, unless the index is being built.
            if remaining.has_blocks(last) {
                index.set_damaged();
            }
        }
        Ok(found)
    }

    /// Searches the blocks, from the newest to the oldest. `remaining` are the events that are
    /// still to be searched.
    fn find_in_blocks(
        &self,
        remaining: &mut Remaining,
        index: &IndexStatus,
        found: &mut HashSet<i64>,
    ) -> Result<(), StoreError> {
        let search = BlockSearch::new(self.search);
        let mut statement = self.connection.prepare_cached(
            "SELECT first_seq, last_seq, last_at, signature, records FROM search_blocks ORDER BY last_seq DESC",
        )?;
        let mut rows = statement.query([])?;
        let mut is_newest = true;
        while remaining.end > remaining.first
            && let Some(row) = rows.next()?
        {
            self.check_cancelled()?;
            let (first, last) = (unsigned(row.get(0)?), unsigned(row.get(1)?));
            let is_next = first <= last && last < remaining.end;
            let has_gap = last + 1 < remaining.end;
            if !is_next || (has_gap && !is_newest) {
                index.set_damaged();
            }
            if !is_next {
                continue;
            }
            if has_gap {
                let from = remaining.first.max(last + 1);
                self.find_in_events(from, remaining.end, found)?;
            }
            is_newest = false;
            let from = remaining.first;
            let searched = search_block(&search, row, (first, last), |seq, conversation| {
                if seq >= from {
                    found.insert(conversation);
                }
            })?;
            if searched.is_none() {
                index.set_damaged();
                self.find_in_events(from.max(first), last + 1, found)?;
            }
            remaining.end = first;
        }
        Ok(())
    }

    /// Searches the events from `first` to before `end`.
    fn find_in_events(
        &self,
        first: u64,
        end: u64,
        found: &mut HashSet<i64>,
    ) -> Result<(), StoreError> {
        let sql = format!(
            "SELECT {EVENT_COLUMNS}, conversation FROM events WHERE seq >= ? AND seq < ? ORDER BY seq"
        );
        let mut statement = self.connection.prepare_cached(&sql)?;
        let mut rows = statement.query([signed(first), signed(end)])?;
        let reader = EventReader::new(self.connection);
        while let Some(row) = rows.next()? {
            self.check_cancelled()?;
            if self.search.matches(&reader.event(row)?) {
                found.insert(row.get(EVENT_COLUMN_COUNT)?);
            }
        }
        Ok(())
    }

    /// Returns the newest of the conversations with these keys.
    fn page(&self, found: &HashSet<i64>) -> Result<Page<Conversation>, StoreError> {
        if found.len() > MAX_LOOKUPS {
            return self.page_in_order(found);
        }
        let sql = self.sql("key = ? AND last_seq < ?", "");
        let mut statement = self.connection.prepare_cached(&sql)?;
        let mut listed: Vec<(i64, Conversation)> = Vec::new();
        for key in found {
            let mut rows = statement.query([*key, self.before()])?;
            if let Some(row) = rows.next()? {
                listed.push((row.get(1)?, conversation_summary(row.get_ref(2)?)?));
            }
        }
        listed.sort_unstable_by_key(|(last, _)| std::cmp::Reverse(*last));
        let more = listed.len() > self.query.limit;
        let items = listed.into_iter().take(self.query.limit);
        Ok(Page {
            items: items.map(|(_, conversation)| conversation).collect(),
            more,
        })
    }

    fn page_in_order(&self, found: &HashSet<i64>) -> Result<Page<Conversation>, StoreError> {
        let sql = self.sql("last_seq < ?", "ORDER BY last_seq DESC");
        let mut statement = self.connection.prepare_cached(&sql)?;
        let mut rows = statement.query([self.before()])?;
        let mut items = Vec::new();
        while let Some(row) = rows.next()? {
            self.check_cancelled()?;
            if !found.contains(&row.get(0)?) {
                continue;
            }
            if items.len() == self.query.limit {
                return Ok(Page { items, more: true });
            }
            items.push(conversation_summary(row.get_ref(2)?)?);
        }
        Ok(Page { items, more: false })
    }

    /// Returns an SQL query for conversations.
    fn sql(&self, condition: &str, order: &str) -> String {
        format!(
            "SELECT key, last_seq, summary FROM conversations WHERE {condition}{} {order}",
            conversation_condition(self.query)
        )
    }

    fn before(&self) -> i64 {
        self.query.before.map_or(i64::MAX, signed)
    }

    fn check_cancelled(&self) -> Result<(), StoreError> {
        if self.query.cancelled.is_set() {
            return Err(StoreError::Cancelled);
        }
        Ok(())
    }
}

/// The events that have not been searched yet: from `first` to before `end`.
struct Remaining {
    first: u64,
    end: u64,
}

impl Remaining {
    /// Returns whether newer events were found in blocks.
    fn has_blocks(&self, last: i64) -> bool {
        self.end <= unsigned(last)
    }
}

/// Searches the block in a row. Returns `None` if the block is damaged.
fn search_block(
    search: &BlockSearch,
    row: &Row<'_>,
    (first, last): (u64, u64),
    found: impl FnMut(u64, i64),
) -> Result<Option<()>, StoreError> {
    let last_at: i64 = row.get(2)?;
    let signature = row.get_ref(3)?.as_blob().map_err(rusqlite::Error::from)?;
    if last_at < search.since() || !search.can_match(signature) {
        return Ok(Some(()));
    }
    let records = row.get_ref(4)?.as_blob().map_err(rusqlite::Error::from)?;
    Ok(Block::parse(first, last, records).and_then(|block| search.each_match(&block, found)))
}
