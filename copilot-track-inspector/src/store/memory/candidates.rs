//! A search that does not hold the store's lock.

use std::sync::Arc;

use crate::{
    event::model::Event,
    store::{conversation::Conversation, query::Page, search::Needle},
};

/// The conversations to search, with their events, newest first.
pub(in crate::store) struct Candidates(pub(super) Vec<(Conversation, Vec<Arc<Event>>)>);

impl Candidates {
    pub(in crate::store) fn matching(self, needle: &Needle, limit: usize) -> Page<Conversation> {
        let mut found = self
            .0
            .into_iter()
            .filter(|(_, events)| events.iter().any(|event| needle.is_in_event(event)))
            .map(|(conversation, _)| conversation);
        let items = found.by_ref().take(limit).collect();
        Page {
            items,
            more: found.next().is_some(),
        }
    }
}
