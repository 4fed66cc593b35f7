//! Queries, and pages of results.

use super::cancel::CancelFlag;
use crate::{
    conversation::position::Position, event::model::Event, search::validate::Search,
    verdict::findings::Verdict,
};

/// A page of a conversation's events, in the order in which they happened.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Cursor {
    /// The last events.
    Last,
    /// The last events before the event with this sequence number.
    Before(u64),
    /// The last events up to the event with this sequence number, which is included.
    UpTo(u64),
    /// The first events after the event with this sequence number. If the event is no longer
    /// stored, the first events of the conversation.
    After(u64),
    /// The first events after this position.
    Following(Position),
}

/// A query for conversations.
#[derive(Clone, Debug, Default)]
pub(crate) struct ConversationQuery {
    pub(crate) limit: usize,
    /// Only conversations whose last event is before this sequence number.
    pub(crate) before: Option<u64>,
    /// Only conversations with an event that matches this search.
    pub(crate) search: Option<Search>,
    /// If `true`, only conversations with an event whose verdict is worse than a note. If `false`,
    /// only conversations without such an event.
    pub(crate) problems: Option<bool>,
    pub(crate) ended: Option<bool>,
    /// Whether the caller no longer waits for the result.
    pub(crate) cancelled: CancelFlag,
}

impl ConversationQuery {
    /// Returns whether many conversations may have to be read to find one that matches.
    pub(super) fn is_selective(&self) -> bool {
        self.search.is_some() || self.problems.is_some() || self.ended.is_some()
    }
}

/// A filter for the events of all conversations.
#[derive(Clone, Debug, Default)]
pub(crate) struct EventFilter {
    /// If `true`, only events whose verdict is good. If `false`, only events whose verdict is not
    /// good.
    pub(crate) good: Option<bool>,
    /// Only events with this name, or calls of this kind.
    pub(crate) name: Option<String>,
    pub(crate) conversation: Option<String>,
    /// Only events after the event with this sequence number: in the order of the conversation if
    /// the filter selects one, and otherwise in order of arrival.
    pub(crate) after: u64,
}

impl EventFilter {
    /// Returns whether an event has the filter's properties, wherever it is.
    pub(super) fn matches(&self, event: &Event) -> bool {
        self.good.is_none_or(|good| good == event.verdict.is_good())
            && self
                .name
                .as_deref()
                .is_none_or(|name| Some(name) == event.name.as_deref() || name == event.kind)
            && self
                .conversation
                .as_ref()
                .is_none_or(|id| id == event.conversation_id.as_deref().unwrap_or_default())
    }
}

/// A function that returns the new verdict on a stored event, or `None` if it does not change.
pub(crate) type NewVerdict = dyn Fn(&Event) -> Option<Verdict> + Send + Sync;

/// A page of results, and whether there are more.
#[derive(Clone, Debug)]
pub(crate) struct Page<T> {
    pub(crate) items: Vec<T>,
    pub(crate) more: bool,
}
