//! What both kinds of store can be asked.

use std::sync::Arc;

use super::{
    conversation::Conversation,
    error::StoreError,
    query::{Filter, Listed, Page, Wanted},
};
use crate::event::model::Event;

/// What can be read of what is kept.
pub(crate) trait Shelf {
    fn event(&self, seq: u64) -> Result<Option<Arc<Event>>, StoreError>;
    /// What follows on an event, at most so many and, past the first, so many bytes.
    fn after(&self, seq: u64, most: usize, bytes: usize) -> Result<Vec<Arc<Event>>, StoreError>;
    fn conversation(&self, id: &str) -> Result<Option<Conversation>, StoreError>;
    fn events_of(
        &self,
        id: &str,
        page: Page,
        limit: usize,
        bytes: usize,
    ) -> Result<Listed<Arc<Event>>, StoreError>;
    fn conversations(&self, wanted: &Wanted) -> Result<Listed<Conversation>, StoreError>;
    fn select(
        &self,
        filter: &Filter,
        limit: usize,
        bytes: usize,
    ) -> Result<Listed<Arc<Event>>, StoreError>;
    /// How many events a filter takes; it stops to count at `most`.
    fn count(&self, filter: &Filter, most: usize) -> Result<usize, StoreError>;
}

/// The first events, at most so many and, past the first, so many bytes.
pub(super) fn fitting(
    events: impl Iterator<Item = Arc<Event>>,
    most: usize,
    bytes: usize,
) -> Vec<Arc<Event>> {
    let mut left = bytes;
    let fits = |(index, event): &(usize, Arc<Event>)| {
        let fits = *index == 0 || event.raw.len() <= left;
        left = left.saturating_sub(event.raw.len());
        fits
    };
    let events = events.take(most).enumerate().take_while(fits);
    events.map(|(_, event)| event).collect()
}
