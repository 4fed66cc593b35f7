//! The summary of a conversation.

use serde::{Deserialize, Serialize};

use super::{position::Position, timeline::Timeline};
use crate::{
    event::model::Event,
    text::truncated,
    timestamp::Timestamp,
    verdict::findings::{Verdict, VerdictStatus},
};

/// The maximum length of the preview of the first message, in bytes.
const MAX_PREVIEW_BYTES: usize = 240;

/// A summary of a conversation.
///
/// Counts include only stored events, not evicted ones.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Conversation {
    pub(crate) id: String,
    pub(crate) user: Participant,
    pub(crate) started_at: Timestamp,
    pub(crate) last_at: Timestamp,
    pub(crate) last_seq: u64,
    pub(crate) events: u64,
    pub(crate) messages: u64,
    pub(crate) tools: u64,
    pub(crate) problems: u64,
    #[serde(default)]
    pub(crate) worst: VerdictStatus,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) rating: Option<f64>,
    pub(crate) ended: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) preview: Option<String>,
    #[serde(default)]
    pub(crate) verdict: Verdict,
}

/// The user of a conversation. The ids are the last ones in the conversation's events.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Participant {
    /// The id of the known user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
    /// The id of the anonymous user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub anonymous_id: Option<String>,
}

impl Conversation {
    pub(super) fn new(id: &str, first: &Event) -> Self {
        Self {
            id: id.to_owned(),
            user: Participant::default(),
            started_at: first.occurred_at,
            last_at: first.occurred_at,
            last_seq: first.seq,
            events: 0,
            messages: 0,
            tools: 0,
            problems: 0,
            worst: VerdictStatus::Ok,
            rating: None,
            ended: false,
            preview: None,
            verdict: Verdict::default(),
        }
    }

    /// Adds an event that has just arrived. `timeline` contains the positions of the values that
    /// the summary shows.
    pub(super) fn add_event(&mut self, event: &Event, timeline: &mut Timeline) {
        let position = Position::of(event);
        self.last_at = self.last_at.max(event.occurred_at);
        self.started_at = self.started_at.min(event.occurred_at);
        self.last_seq = event.seq;
        self.events += 1;
        self.problems += u64::from(!event.verdict.is_good());
        self.worst = self.worst.max(event.verdict.status);
        // Events outside conversations come from many users.
        if !self.id.is_empty() {
            let user = &mut self.user;
            if let Some(id) = event.user_id.as_deref()
                && is_later(&mut timeline.user, position)
            {
                id.clone_into(user.user_id.get_or_insert_default());
            }
            if let Some(id) = event.anonymous_id.as_deref()
                && is_later(&mut timeline.anonymous, position)
            {
                id.clone_into(user.anonymous_id.get_or_insert_default());
            }
        }
        match event.name.as_deref() {
            Some(name @ ("Message Sent" | "Message Received")) => {
                self.messages += 1;
                let is_first = timeline.preview.is_none_or(|first| position < first);
                if let Some(text) = event.text()
                    && name == "Message Sent"
                    && is_first
                {
                    timeline.preview = Some(position);
                    self.preview = Some(truncated(text, MAX_PREVIEW_BYTES).to_owned());
                }
            }
            Some("Action Invoked") => self.tools += 1,
            Some("Feedback Submitted")
                if event.rating.is_some() && is_later(&mut timeline.rating, position) =>
            {
                self.rating = event.rating;
            }
            _ => {}
        }
    }

    /// Removes an event.
    pub(super) fn remove_event(&mut self, event: &Event) {
        self.events = self.events.saturating_sub(1);
        let problem = u64::from(!event.verdict.is_good());
        self.problems = self.problems.saturating_sub(problem);
        if self.problems == 0 {
            self.worst = self.worst.min(VerdictStatus::Note);
        }
        match event.name.as_deref() {
            Some("Message Sent" | "Message Received") => {
                self.messages = self.messages.saturating_sub(1);
            }
            Some("Action Invoked") => self.tools = self.tools.saturating_sub(1),
            _ => {}
        }
    }

    /// Returns the result of the checks that need more than one event, such as whether the
    /// conversation was started twice. The verdicts on single events are not included.
    #[must_use]
    pub fn verdict(&self) -> &Verdict {
        &self.verdict
    }

    /// Returns the conversation's id. The id is empty for the events outside any conversation.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Returns the user.
    #[must_use]
    pub fn user(&self) -> &Participant {
        &self.user
    }

    /// Returns the number of events.
    #[must_use]
    pub fn events(&self) -> u64 {
        self.events
    }

    /// Returns the number of messages, sent and received.
    #[must_use]
    pub fn messages(&self) -> u64 {
        self.messages
    }

    /// Returns the number of tool invocations.
    #[must_use]
    pub fn tools(&self) -> u64 {
        self.tools
    }

    /// Returns the number of events whose verdict is worse than a note.
    #[must_use]
    pub fn problems(&self) -> u64 {
        self.problems
    }

    /// Returns the worst verdict status of the events.
    #[must_use]
    pub fn worst(&self) -> VerdictStatus {
        self.worst
    }

    /// Returns the last rating.
    #[must_use]
    pub fn rating(&self) -> Option<f64> {
        self.rating
    }

    /// Returns whether the conversation has ended and no message has followed.
    #[must_use]
    pub fn is_ended(&self) -> bool {
        self.ended
    }
}

/// Returns whether a value at `position` replaces the value at `shown`, and updates `shown`.
fn is_later(shown: &mut Option<Position>, position: Position) -> bool {
    let is_later = Some(position) > *shown;
    if is_later {
        *shown = Some(position);
    }
    is_later
}
