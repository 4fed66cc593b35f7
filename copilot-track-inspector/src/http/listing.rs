//! Lists of events in responses and in live messages.

use std::sync::Arc;

use serde::Serialize;

use crate::{
    conversation::summary::Conversation,
    event::{
        json::{BriefEvent, FullEvent},
        model::Event,
    },
};

/// The maximum number of events in one response.
pub(super) const MAX_EVENTS_PER_RESPONSE: usize = 10_000;
/// The maximum total size of the calls in one response, with the members that they inherit from
/// their batches, in bytes. The remaining events are on the next page.
pub(super) const MAX_BYTES_PER_RESPONSE: usize = 16 * 1024 * 1024;

/// Events, in full or in brief.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum EventList<'a> {
    Full(Vec<FullEvent<'a>>),
    Brief(Vec<BriefEvent<'a>>),
}

impl<'a> EventList<'a> {
    /// Creates a list of events, in full if `raw` is true.
    pub(super) fn new(events: &'a [Arc<Event>], raw: bool) -> Self {
        let events = events.iter().map(AsRef::as_ref);
        if raw {
            Self::Full(events.map(FullEvent).collect())
        } else {
            Self::Brief(events.map(BriefEvent).collect())
        }
    }
}

/// A response with events. It is a struct because `json!` would reorder each call's members.
#[derive(Serialize)]
pub(super) struct EventsResponse<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) conversation: Option<&'a Conversation>,
    pub(super) events: EventList<'a>,
    pub(super) more: bool,
}
