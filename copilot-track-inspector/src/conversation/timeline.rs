//! The facts about a conversation that summaries and checks need, whatever the order in which its
//! events arrive.

use serde::{Deserialize, Serialize};

use super::position::Position;
use crate::event::model::Event;

/// The maximum number of ends and of users that a timeline keeps.
const MAX_KEPT: usize = 4;

/// The facts about a conversation that its summary and its checks need. The size of a timeline does
/// not depend on the number of events.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Timeline {
    /// The position of the last event.
    last: Option<Position>,
    /// The position of the last event that arrived before the current request.
    last_before_request: Option<Position>,
    request: u64,
    pub(super) preview: Option<Position>,
    pub(super) rating: Option<Position>,
    pub(super) user: Option<Position>,
    pub(super) anonymous: Option<Position>,
    pub(crate) starts: u32,
    pub(crate) last_start: Option<Position>,
    pub(crate) end_count: u32,
    /// The ends, in the order in which they happened.
    pub(crate) ends: Vec<End>,
    pub(crate) last_message: Option<Position>,
    /// The number of messages, without duplicates.
    pub(crate) messages: u64,
    /// The first tool call in the order of arrival.
    pub(crate) first_tool: Option<u64>,
    pub(crate) tools: u64,
    /// Events other than tool calls, starts, and ends.
    pub(crate) others: u64,
    /// The users of the events, with one event of each.
    pub(crate) users: Vec<(String, u64)>,
    /// The users of Identify calls.
    pub(crate) identified: Vec<String>,
    /// An event that has only an anonymous id.
    pub(crate) anonymous_only: Option<u64>,
    /// Whether events were evicted, so that counts are too low.
    pub(crate) evicted: bool,
    /// The last question without a reply, and the last reply without a question.
    question: Option<Position>,
    reply: Option<Position>,
}

/// A Conversation Ended event.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct End {
    pub(crate) position: Position,
    /// The event's `message_count`.
    pub(crate) message_count: Option<u64>,
}

impl Timeline {
    /// Returns whether an event that arrives now happened before an event that arrived in an
    /// earlier request.
    pub(crate) fn is_late(&self, event: &Event) -> bool {
        let earlier = if event.delivery.request() == self.request {
            self.last_before_request
        } else {
            self.last
        };
        earlier.is_some_and(|earlier| event.occurred_at < earlier.at)
    }

    /// Returns the time between a question and its reply, in milliseconds, if an event that arrives
    /// now is the second of the two. The reply can arrive before the question, because browsers and
    /// servers send their events independently.
    pub(crate) fn answer_ms(&self, event: &Event) -> Option<u64> {
        if event.is_duplicate() {
            return None;
        }
        let position = Position::of(event);
        let (question, reply) = match event.name.as_deref()? {
            "Message Sent" => (position, self.reply?),
            "Message Received" => (self.question?, position),
            _ => return None,
        };
        (question < reply).then(|| reply.at.0.abs_diff(question.at.0))
    }

    /// Records that a message, which is not a duplicate, has just arrived.
    fn add_message(&mut self, position: Position, is_reply: bool) {
        if is_reply {
            if self.question.is_some_and(|question| question < position) {
                self.question = None;
            } else {
                self.reply = self.reply.max(Some(position));
            }
        } else if self.reply.is_some_and(|reply| position < reply) {
            self.reply = None;
        } else {
            self.question = self.question.max(Some(position));
        }
    }

    /// Adds an event that has just arrived.
    pub(super) fn add_event(&mut self, event: &Event) {
        let position = Position::of(event);
        let request = event.delivery.request();
        if request != self.request {
            self.request = request;
            self.last_before_request = self.last;
        }
        self.last = self.last.max(Some(position));
        // Segment keeps only one event with an envelope id.
        if !event.is_duplicate() {
            self.add_fact(event, position);
            self.add_user(event);
        }
    }

    fn add_fact(&mut self, event: &Event, position: Position) {
        match event.name.as_deref() {
            Some("Conversation Started") => {
                self.starts += 1;
                self.last_start = self.last_start.max(Some(position));
            }
            Some("Conversation Ended") => {
                self.end_count += 1;
                let at = self.ends.partition_point(|end| end.position < position);
                let message_count = event.message_count;
                self.ends.insert(
                    at,
                    End {
                        position,
                        message_count,
                    },
                );
                if self.ends.len() > MAX_KEPT {
                    self.ends.remove(0);
                }
            }
            Some(name @ ("Message Sent" | "Message Received")) => {
                self.add_message(position, name == "Message Received");
                self.messages += 1;
                self.others += 1;
                self.last_message = self.last_message.max(Some(position));
            }
            Some("Action Invoked") => {
                self.tools += 1;
                self.first_tool.get_or_insert(position.seq);
            }
            _ => self.others += 1,
        }
    }

    fn add_user(&mut self, event: &Event) {
        let Some(user) = event.user_id.as_deref() else {
            if event.anonymous_id.is_some() && self.anonymous_only.is_none() {
                self.anonymous_only = Some(event.seq);
            }
            return;
        };
        if event.kind == "identify" || event.kind == "alias" {
            if self.identified.len() < MAX_KEPT
                && !self.identified.iter().any(|known| known == user)
            {
                self.identified.push(user.to_owned());
            }
        } else if self.users.len() < MAX_KEPT && !self.users.iter().any(|(known, _)| known == user)
        {
            self.users.push((user.to_owned(), event.seq));
        }
    }

    /// Removes an event that is evicted.
    pub(super) fn remove_event(&mut self, event: &Event) {
        self.evicted = true;
        let is_message = matches!(
            event.name.as_deref(),
            Some("Message Sent" | "Message Received")
        );
        if is_message && !event.is_duplicate() {
            self.messages = self.messages.saturating_sub(1);
        }
    }

    /// Returns whether the conversation has ended, and neither a message nor another start has
    /// followed.
    pub(crate) fn is_ended(&self) -> bool {
        self.ends
            .last()
            .is_some_and(|end| self.last_message.max(self.last_start) < Some(end.position))
    }

    /// Returns whether there are events other than Identify calls.
    pub(super) fn has_events(&self) -> bool {
        self.last.is_some() && self.others + self.tools + u64::from(self.end_count) > 0
    }
}
