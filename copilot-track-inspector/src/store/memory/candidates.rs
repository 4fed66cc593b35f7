//! A search that does not hold the store's lock.

use std::sync::Arc;

use crate::{
    conversation::{record::ConversationRecord, summary::Conversation},
    event::model::Event,
    store::{query::Page, search::Needle},
};

/// The conversations to search, with their events, newest first.
pub(in crate::store) struct Candidates(pub(super) Vec<(ConversationRecord, Vec<Arc<Event>>)>);

impl Candidates {
    pub(in crate::store) fn matching(self, needle: &Needle, limit: usize) -> Page<Conversation> {
        let mut found = self
            .0
            .into_iter()
            .filter(|(_, events)| events.iter().any(|event| needle.is_in_event(event)))
            .map(|(record, _)| record.to_summary());
        let items = found.by_ref().take(limit).collect();
        Page {
            items,
            more: found.next().is_some(),
        }
    }
}
