//! Sends the events of a conversation, and applies the rules of the spec to them.

use std::borrow::Cow;
use std::sync::atomic::Ordering;

use crate::conversation::core::ConversationCore;
use crate::conversation::identity_snapshot::EventScope;
use crate::delivery::envelope::{ApiCall, Envelope, EventContextRef};
use crate::event::ids::envelope_id::EnvelopeId;
use crate::event::ids::latest_messages::LatestMessages;
use crate::event::ids::message_id::MessageId;
use crate::event::properties::names::MESSAGE_ID;
use crate::event::spec::{
    ConversationEnded, ConversationStarted, FeedbackSubmitted, MessageReceived, MessageSent,
};
use crate::event::track_event::{Event, MessageTarget, Payload, TrackEvent};
use crate::util::panics;

impl ConversationCore {
    /// Sends a message and returns its id: the id that was set on the message, or a new id.
    pub(crate) fn message(&self, event: Event) -> MessageId {
        self.message_in(EventScope::default(), event)
    }

    /// Does the same as [`message`](Self::message) with the context of a turn.
    pub(super) fn message_in(&self, scope: EventScope<'_>, mut event: Event) -> MessageId {
        let id = match &event.message {
            MessageTarget::Id(id) => id.clone(),
            MessageTarget::Current | MessageTarget::None => self.new_message_id(),
        };
        event.message = MessageTarget::Id(id.clone());
        self.emit(scope, event);
        id
    }

    /// Sends an event. The event belongs to the message of `scope`, unless another message was set
    /// on the event.
    ///
    /// This method applies the rules of the spec: Conversation Started is sent once, messages are
    /// counted, and Conversation Ended is sent at most once for each message count. The rules
    /// depend on the name of the event, not on its type.
    pub(crate) fn emit(&self, scope: EventScope<'_>, mut event: Event) {
        // Pushing an event can emit a log record. If the log subscriber then tracks an event, it
        // calls this method again on the same thread. The second call must not wait for a lock that
        // the thread already holds.
        if !self.tracker.is_enabled() || self.tracker.drops_reentrant() {
            return;
        }
        let name = match &event.payload {
            Payload::Spec(event) => Cow::Borrowed(event.name()),
            // An application implements `name`, so the call can panic.
            Payload::Custom(_) => match panics::catch(|| event.payload.name()) {
                Some(name) => name,
                None => return self.tracker.refuse("its `name` method panicked"),
            },
        };
        if !self.is_sampled && name != FeedbackSubmitted::NAME {
            self.tracker.count_sampled_out();
            return;
        }
        // This calls the application's code, so no lock may be held.
        self.tracker.set_trace_id(&mut event);
        let from_customer = match name.as_ref() {
            ConversationStarted::NAME => return self.begin(scope, event),
            ConversationEnded::NAME => {
                self.end(scope, event);
                return;
            }
            MessageReceived::NAME if event.has_empty_text() => {
                if event.is_invalid() {
                    self.tracker.refuse("a property is invalid");
                }
                return;
            }
            MessageSent::NAME => Some(true),
            MessageReceived::NAME => Some(false),
            _ => None,
        };
        if let Some(from_customer) = from_customer {
            if !self.count_message(scope, &mut event, from_customer) {
                self.tracker.count_repeated_message();
                return;
            }
            if self.outbox().is_some()
                && let MessageTarget::Id(id) = &event.message
                && !id.is_generated()
            {
                // If another process receives the same message, Segment keeps only one copy.
                let id = self.derived_id(&format!("{name}:{id}"));
                return self.push(id, scope, event);
            }
        }
        let id = self.tracker.id_and_clock().envelope_id();
        self.push(id, scope, event);
    }

    #[cold]
    fn begin(&self, scope: EventScope<'_>, mut event: Event) {
        self.started.get_or_init(|| {
            event.message = MessageTarget::None;
            let id = self.derived_id(ConversationStarted::NAME);
            self.push(id, scope, event);
            if let Some(outbox) = self.outbox() {
                outbox.change(|update| update.started = true);
            }
        });
    }

    /// Sends Conversation Ended, unless it was already sent for the same number of messages.
    /// Returns whether the event was sent. With a store, the event is sent later, by one process.
    #[cold]
    pub(super) fn end(&self, scope: EventScope<'_>, mut event: Event) -> bool {
        let counted = self.message_count();
        if let Some(outbox) = self.outbox() {
            self.messages_at_end
                .store(counted.saturating_add(1), Ordering::Relaxed);
            outbox.request_end(counted, self.sender_of_end(scope, event, || {}));
            return true;
        }
        let count = event.message_count();
        let count = count.unwrap_or_else(|| self.total_message_count());
        self.messages_at_end
            .store(counted.saturating_add(1), Ordering::Relaxed);
        let ended_at = count.saturating_add(1);
        if self.ended_at.swap(ended_at, Ordering::Relaxed) == ended_at {
            return false;
        }
        event.message = MessageTarget::None;
        let id = self.derived_id(&format!("{}:{count}", ConversationEnded::NAME));
        self.push(id, scope, event);
        true
    }

    /// Returns an envelope id that is the same in every process, so Segment keeps only one copy of
    /// the event.
    pub(super) fn derived_id(&self, event: &str) -> Option<Box<EnvelopeId>> {
        let tracker = &self.tracker;
        let key = tracker.write_key();
        if key.is_empty() {
            // Without a write key, events from different sources would get the same id.
            return tracker.id_and_clock().envelope_id();
        }
        Some(Box::new(EnvelopeId::derived(key, event, &self.id)))
    }

    /// Counts a message. Returns `false` if the message was already counted.
    fn count_message(&self, scope: EventScope<'_>, event: &mut Event, from_customer: bool) -> bool {
        let counter = if from_customer {
            &self.sent
        } else {
            &self.received
        };
        let count = || {
            counter.fetch_add(1, Ordering::Relaxed);
        };
        let is_new = if event.has(MESSAGE_ID) {
            self.count_unreferenced(&event.message, from_customer, count)
        } else {
            if !matches!(event.message, MessageTarget::Id(_)) {
                event.message = MessageTarget::Id(self.new_message_id());
            }
            match &event.message {
                MessageTarget::Id(id) => self.messages.add(id, from_customer, count),
                MessageTarget::Current | MessageTarget::None => false,
            }
        };
        if is_new && self.started.get().is_none() {
            let mut started = ConversationStarted::new().into_event();
            // The conversation must not start after its first message.
            started.timestamp = event.timestamp;
            self.tracker.set_trace_id(&mut started);
            self.begin(scope, started);
        }
        is_new
    }

    /// Counts a message whose id the application set as a property, so no other event refers to
    /// `message`. Returns `false` if the message was already counted.
    #[cold]
    fn count_unreferenced(
        &self,
        message: &MessageTarget,
        from_customer: bool,
        count: impl FnOnce(),
    ) -> bool {
        let is_new = match message {
            MessageTarget::Id(id) => {
                let add = |messages: &mut LatestMessages| messages.add_recent(id, from_customer);
                self.messages.with(add)
            }
            MessageTarget::Current | MessageTarget::None => true,
        };
        if is_new {
            count();
            if let Some(outbox) = self.outbox() {
                outbox.add_unreferenced(&self.new_message_id(), from_customer);
            }
        }
        is_new
    }

    fn push(&self, id: Option<Box<EnvelopeId>>, scope: EventScope<'_>, event: Event) {
        let message_id = match &event.message {
            MessageTarget::Id(id) => Some(id),
            MessageTarget::None => None,
            MessageTarget::Current if event.has(MESSAGE_ID) => None,
            MessageTarget::Current => scope.message_id,
        };
        let changes = self.changes.load(Ordering::Acquire);
        let now;
        let identity = match scope.snapshot {
            Some(snapshot) if snapshot.changes == changes => &snapshot.identity,
            Some(snapshot) => {
                now = self.renewed_snapshot(snapshot).identity;
                &now
            }
            None => {
                now = self.identity();
                &now
            }
        };
        let tracker = &self.tracker;
        tracker.push(
            self.shard(),
            EventContextRef {
                identity: Some(identity),
                message_id,
            },
            Envelope {
                id,
                timestamp: event
                    .timestamp
                    .unwrap_or_else(|| tracker.id_and_clock().now()),
                call: ApiCall::Track {
                    payload: event.payload,
                    settings: event.settings,
                },
            },
        );
    }
}
