//! A search that does not hold the store's lock.

use std::sync::Arc;

use crate::{
    conversation::{record::ConversationRecord, summary::Conversation},
    event::model::Event,
    store::{
        error::StoreError,
        query::{ConversationQuery, Page},
    },
};

/// The conversations to search, with their events, newest first.
pub(in crate::store) struct Candidates(pub(super) Vec<(ConversationRecord, Vec<Arc<Event>>)>);

impl Candidates {
    /// Returns the conversations with an event that matches the query's search.
    pub(in crate::store) fn matching(
        self,
        query: &ConversationQuery,
    ) -> Result<Page<Conversation>, StoreError> {
        let mut items = Vec::new();
        let mut more = false;
        for (record, events) in self.0 {
            let stops = |event: &Arc<Event>| {
                query.cancelled.is_set() || query.search.iter().all(|it| it.matches(event))
            };
            let is_match = events.iter().any(stops);
            if query.cancelled.is_set() {
                return Err(StoreError::Cancelled);
            }
            if !is_match {
                continue;
            }
            if items.len() == query.limit {
                more = true;
                break;
            }
            items.push(record.to_summary());
        }
        Ok(Page { items, more })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        ingest::import::read_lines,
        search::validate::Search,
        store::{cancel::CancelOnDrop, memory::events::MemoryStore, status::Capacity},
        timestamp::Timestamp,
    };

    #[test]
    fn an_abandoned_search_stops() {
        let mut store = MemoryStore::new(Capacity {
            events: 10,
            bytes: 1 << 20,
        });
        let line = r#"{"type":"track","event":"E","userId":"u"}"#;
        let event = read_lines(std::iter::once(line)).remove(0).unwrap();
        store.append(event).unwrap();
        let cancel = CancelOnDrop::default();
        let query = ConversationQuery {
            limit: 10,
            search: Some(Search::new("event:e", Timestamp::now()).unwrap()),
            cancelled: cancel.flag(),
            ..ConversationQuery::default()
        };
        let found = store.candidates(&query).matching(&query).unwrap();
        assert_eq!(found.items.len(), 1);
        drop(cancel);
        assert!(matches!(
            store.candidates(&query).matching(&query),
            Err(StoreError::Cancelled)
        ));
    }
}
