//! Lists of events, as answers and live messages have them.

use std::sync::Arc;

use serde::Serialize;

use crate::{
    event::{
        brief::{Brief, Whole},
        model::Event,
    },
    store::conversation::Conversation,
};

/// The most events of one answer.
pub(super) const MOST: usize = 10_000;
/// The most bytes of calls in one answer; what is left comes with the next page.
pub(super) const MOST_BYTES: usize = 16 * 1024 * 1024;

/// Events in the form that was asked for.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum Shown<'a> {
    Whole(Vec<Whole<'a>>),
    Brief(Vec<Brief<'a>>),
}

impl<'a> Shown<'a> {
    /// With the raw calls, or with what a list needs of them.
    pub(super) fn new(events: &'a [Arc<Event>], raw: bool) -> Self {
        let events = events.iter().map(AsRef::as_ref);
        if raw {
            Self::Whole(events.map(Whole).collect())
        } else {
            Self::Brief(events.map(Brief).collect())
        }
    }
}

/// Events, as an answer tells them. `json!` would put each call's members into another order.
#[derive(Serialize)]
pub(super) struct Answer<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) conversation: Option<&'a Conversation>,
    pub(super) events: Shown<'a>,
    pub(super) more: bool,
}
