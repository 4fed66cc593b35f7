//! A conversation as the store keeps it.

use serde::{Deserialize, Serialize};

use super::{judge::judge, summary::Conversation, timeline::Timeline};
use crate::event::model::Event;

/// A conversation as the store keeps it: its summary without a verdict, and its timeline.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct ConversationRecord {
    pub(crate) summary: Conversation,
    pub(crate) timeline: Timeline,
}

impl ConversationRecord {
    pub(crate) fn new(id: &str, first: &Event) -> Self {
        Self {
            summary: Conversation::new(id, first),
            timeline: Timeline::default(),
        }
    }

    /// Adds an event that has just arrived.
    pub(crate) fn add_event(&mut self, event: &Event) {
        self.summary.add_event(event, &mut self.timeline);
        // Events outside conversations have nothing in common.
        if !self.summary.id.is_empty() {
            self.timeline.add_event(event);
        }
        self.summary.ended = self.timeline.is_ended();
    }

    /// Removes an event that is evicted.
    pub(crate) fn remove_event(&mut self, event: &Event) {
        self.timeline.evicted = true;
        self.summary.remove_event(event);
    }

    /// Returns whether the conversation or one of its events has a problem.
    pub(crate) fn has_problem(&self) -> bool {
        self.summary.problems > 0 || !judge(&self.timeline).is_good()
    }

    /// Returns the summary with the verdict on the conversation.
    pub(crate) fn to_summary(&self) -> Conversation {
        Conversation {
            verdict: judge(&self.timeline),
            ..self.summary.clone()
        }
    }
}
