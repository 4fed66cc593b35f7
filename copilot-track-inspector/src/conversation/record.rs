//! A conversation as the store keeps it.

use serde::{Deserialize, Serialize};

use super::{judge::judge, statuses::StatusCounts, summary::Conversation, timeline::Timeline};
use crate::{event::model::Event, verdict::findings::Verdict};

/// A conversation as the store keeps it: its summary without a verdict, and its timeline.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct ConversationRecord {
    pub(crate) summary: Conversation,
    pub(crate) timeline: Timeline,
    /// Records of older databases have no counts.
    #[serde(default)]
    statuses: Option<StatusCounts>,
}

impl ConversationRecord {
    pub(crate) fn new(id: &str, first: &Event) -> Self {
        Self {
            summary: Conversation::new(id, first),
            timeline: Timeline::default(),
            statuses: Some(StatusCounts::default()),
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
        if let Some(statuses) = &mut self.statuses {
            statuses.add(event.verdict.status);
        }
    }

    /// Removes an event that is evicted.
    pub(crate) fn remove_event(&mut self, event: &Event) {
        self.timeline.remove_event(event);
        self.summary.remove_event(event);
        if let Some(statuses) = &mut self.statuses {
            statuses.remove(event.verdict.status);
            self.summary.worst = statuses.worst();
        }
    }

    /// Replaces the verdict on an event.
    pub(crate) fn replace_verdict(&mut self, old: &Verdict, new: &Verdict) {
        let summary = &mut self.summary;
        summary.problems += u64::from(!new.is_good());
        summary.problems = summary.problems.saturating_sub(u64::from(!old.is_good()));
        summary.worst = match &mut self.statuses {
            Some(statuses) => {
                statuses.add(new.status);
                statuses.remove(old.status);
                statuses.worst()
            }
            None => summary.worst.max(new.status),
        };
    }

    /// Returns the number of messages without duplicates. Returns `None` for the events outside any
    /// conversation.
    pub(crate) fn message_count(&self) -> Option<u64> {
        (!self.summary.id.is_empty()).then_some(self.timeline.messages)
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
