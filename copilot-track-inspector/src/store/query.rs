//! Queries, and pages of results.

use crate::event::model::Event;

/// Where a page of events starts or ends.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Cursor {
    Last,
    Before(u64),
    After(u64),
}

/// Selects conversations.
#[derive(Clone, Debug, Default)]
pub(crate) struct ConversationQuery {
    pub(crate) limit: usize,
    /// Only conversations whose last event is before this sequence number.
    pub(crate) before: Option<u64>,
    pub(crate) search: Option<String>,
    /// Only conversations with (or without) events whose verdict is worse than a note.
    pub(crate) problems: Option<bool>,
    pub(crate) ended: Option<bool>,
}

/// Selects events of all conversations.
#[derive(Clone, Debug, Default)]
pub(crate) struct EventFilter {
    pub(crate) good: Option<bool>,
    pub(crate) name: Option<String>,
    pub(crate) conversation: Option<String>,
    pub(crate) after: u64,
}

impl EventFilter {
    pub(super) fn matches(&self, event: &Event) -> bool {
        self.good.is_none_or(|good| good == event.verdict.is_good())
            && self
                .name
                .as_ref()
                .is_none_or(|name| Some(name) == event.name.as_ref() || *name == event.kind)
            && self
                .conversation
                .as_ref()
                .is_none_or(|id| id == event.conversation_id.as_deref().unwrap_or_default())
            && event.seq > self.after
    }
}

/// A page of results, and whether there are more.
#[derive(Clone, Debug)]
pub(crate) struct Page<T> {
    pub(crate) items: Vec<T>,
    pub(crate) more: bool,
}
