//! Lists of events, as answers and live messages have them.

use std::sync::Arc;

use serde::Serialize;

use crate::{
    event::{
        json::{BriefEvent, FullEvent},
        model::Event,
    },
    store::conversation::Conversation,
};

/// The most events of one answer.
pub(super) const MAX_EVENTS_PER_RESPONSE: usize = 10_000;
/// The most bytes of calls in one answer; what is left comes with the next page.
pub(super) const MAX_BYTES_PER_RESPONSE: usize = 16 * 1024 * 1024;

/// Events in the form that was asked for.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum EventList<'a> {
    FullEvent(Vec<FullEvent<'a>>),
    BriefEvent(Vec<BriefEvent<'a>>),
}

impl<'a> EventList<'a> {
    /// With the raw calls, or with what a list needs of them.
    pub(super) fn new(events: &'a [Arc<Event>], raw: bool) -> Self {
        let events = events.iter().map(AsRef::as_ref);
        if raw {
            Self::FullEvent(events.map(FullEvent).collect())
        } else {
            Self::BriefEvent(events.map(BriefEvent).collect())
        }
    }
}

/// Events, as an answer tells them. `json!` would put each call's members into another order.
#[derive(Serialize)]
pub(super) struct EventsResponse<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) conversation: Option<&'a Conversation>,
    pub(super) events: EventList<'a>,
    pub(super) more: bool,
}
