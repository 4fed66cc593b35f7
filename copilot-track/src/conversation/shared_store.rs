//! Conversations whose state is in a store.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use crate::conversation::conversation::Conversation;
use crate::conversation::core::ConversationCore;
use crate::conversation::identity_snapshot::EventScope;
use crate::delivery::envelope::{ApiCall, Envelope, EventContextRef};
use crate::event::ids::envelope_id::EnvelopeId;
use crate::event::ids::latest_messages::LatestMessages;
use crate::event::spec::ConversationEnded;
use crate::event::track_event::Event;
use crate::event::user::User;
use crate::store::conversation_update::ConversationUpdate;
use crate::store::numbered_end::{NumberedEnd, SendEnd};
use crate::store::outbox::Outbox;
use crate::store::stored_conversation::StoredConversation;
use crate::store::unsaved::{UnsavedSnapshot, WrittenSince};

impl Conversation {
    /// Ends the conversation with the given event. Returns whether the event was sent. With a
    /// store, the event is sent later, if this process gets the claim.
    ///
    /// `on_sent` is called once the event was sent.
    pub(crate) fn end_with(
        &self,
        mut event: Event,
        on_sent: impl FnOnce() + Send + 'static,
    ) -> bool {
        let core = self.core();
        let tracker = core.tracker();
        if !tracker.is_enabled() || tracker.drops_reentrant() {
            return false;
        }
        if !core.is_sampled {
            tracker.count_sampled_out();
            return false;
        }
        tracker.set_trace_id(&mut event);
        let Some(outbox) = core.outbox() else {
            let sent = core.end(EventScope::default(), event);
            if sent {
                on_sent();
            }
            return sent;
        };
        let messages = core.message_count();
        core.messages_at_end
            .store(messages.saturating_add(1), Ordering::Relaxed);
        let send = core.sender_of_end(EventScope::default(), event, on_sent);
        outbox.request_end(messages, send);
        true
    }

    /// Sends Conversation Ended for a claim that this process already has. Returns whether the
    /// event was sent.
    pub(crate) fn send_claimed_end(&self, event: Event, end: NumberedEnd) -> bool {
        let core = self.core();
        let tracker = core.tracker();
        if !tracker.is_enabled() {
            return false;
        }
        if !core.is_sampled {
            tracker.count_sampled_out();
            return false;
        }
        let messages = core.message_count();
        core.messages_at_end
            .store(messages.saturating_add(1), Ordering::Relaxed);
        if let Some(outbox) = core.outbox() {
            outbox.record_end(end.number, messages);
        }
        core.sender_of_end(EventScope::default(), event, || {})(end);
        true
    }

    /// Returns the changes that must be written to the store, if there is one.
    pub(crate) fn outbox(&self) -> Option<&Arc<Outbox>> {
        self.core().outbox()
    }

    /// Adds the user of a request to the current user, and sends Identify if the user has changed.
    /// Does nothing and returns `false` if `may_enter` returns `false` for the current user.
    pub(crate) fn log_in(&self, user: &User, may_enter: impl FnOnce(&User) -> bool) -> bool {
        self.core().log_in(user, may_enter)
    }

    /// Adopts what other processes have written to the store. Changes of this process that have not
    /// been written take precedence. `before` are those at the time when the store was read. It is
    /// `None` if this process did not know the conversation.
    pub(crate) fn adopt(&self, stored: &StoredConversation, before: Option<&UnsavedSnapshot>) {
        let core = self.core();
        if stored.started {
            // This can wait for a thread that sends Conversation Started and needs the outbox.
            let _ = core.started.set(());
        }
        match core.outbox() {
            Some(outbox) => outbox.with_unsaved(|unsaved, messages| {
                core.adopt(stored, before, unsaved, messages);
            }),
            None => core.messages.with(|messages| {
                core.adopt(stored, before, UnsavedSnapshot::default(), messages);
            }),
        }
    }
}

impl ConversationCore {
    /// The caller has locked `messages` and the outbox, so that no change is lost.
    fn adopt(
        &self,
        stored: &StoredConversation,
        before: Option<&UnsavedSnapshot>,
        unsaved: UnsavedSnapshot,
        messages: &mut LatestMessages,
    ) {
        // What this process has written since the store was read is newer than what was read.
        let writes_before = before.map(|before| before.writes).unwrap_or_default();
        let written = unsaved.writes.since(writes_before);
        // The counters already contain the messages of `before`, and so may `stored`.
        let before = before.and_then(|before| before.changes.as_ref());
        let before = before.map(ConversationUpdate::without_messages);
        let unsaved = match (unsaved.changes, before) {
            (Some(unsaved), Some(before)) => Some(unsaved.or(&before)),
            (unsaved, before) => unsaved.or(before),
        };
        let unsaved = unsaved.as_ref();
        let unsaved_messages = unsaved.map_or(&[][..], |unsaved| &unsaved.messages);
        let sent = unsaved_messages
            .iter()
            .filter(|message| message.from_customer);
        let sent = sent.count() as u64;
        let received = unsaved_messages.len() as u64 - sent;
        self.sent
            .fetch_max(stored.messages_sent.saturating_add(sent), Ordering::Relaxed);
        let received = stored.messages_received.saturating_add(received);
        self.received.fetch_max(received, Ordering::Relaxed);
        for message in stored.recent_messages.iter().rev() {
            messages.add_recent(&message.id, message.from_customer);
        }
        if let Some(outbox) = self.outbox() {
            outbox.raise_ends(stored.ends);
        }
        let counted = self.message_count();
        // Messages that are being written are counted here, but not in `stored`.
        if stored.is_ended() && unsaved_messages.is_empty() && counted <= stored.message_count() {
            self.messages_at_end
                .store(counted.saturating_add(1), Ordering::Relaxed);
        }
        if unsaved.is_none_or(|unsaved| unsaved.latest_message_id.is_none())
            && stored.latest_message_id.is_some()
            && !written.has_latest_message_id()
        {
            messages.latest.clone_from(&stored.latest_message_id);
        }
        self.adopt_settings(stored, unsaved, written);
    }

    /// Adopts the user, the content policy, the consent, and the context of a stored conversation.
    /// `unsaved` are the changes of this process that the stored conversation may lack. Values that
    /// were `written` since the conversation was read are kept.
    fn adopt_settings(
        &self,
        stored: &StoredConversation,
        unsaved: Option<&ConversationUpdate>,
        written: WrittenSince,
    ) {
        if let Some(user) = &stored.user
            && !written.has_user()
        {
            let is_changed = unsaved.is_some_and(|unsaved| unsaved.user.is_some());
            let own = self.identity().user.clone();
            let merged = if is_changed {
                user.merged_with(&own)
            } else {
                own.merged_with(user)
            };
            if merged != own {
                self.change(|identity| identity.user = merged);
            }
        }
        if let Some(content) = stored.content
            && unsaved.is_none_or(|unsaved| unsaved.content.is_none())
            && !written.has_content()
        {
            let content = content.max(self.content_floor);
            if content != self.identity().content {
                self.change(|identity| identity.content = content);
            }
        }
        if let Some(consent) = &stored.consent
            && unsaved.is_none_or(|unsaved| unsaved.consent.is_none())
            && !written.has_consent()
            && self.identity().consent.as_deref() != Some(consent)
        {
            self.replace_consent(consent.clone());
        }
        if let Some(context) = &stored.context
            && unsaved.is_none_or(|unsaved| unsaved.context.is_none())
            && !written.has_context()
            && self.own_context().as_ref() != Some(context)
        {
            self.replace_context(context.clone());
        }
    }

    /// Returns a closure that sends Conversation Ended with the identity that the conversation has
    /// now.
    pub(super) fn sender_of_end(
        &self,
        scope: EventScope<'_>,
        mut event: Event,
        on_sent: impl FnOnce() + Send + 'static,
    ) -> SendEnd {
        let identity = match scope.snapshot {
            Some(snapshot) => self.renewed_snapshot(snapshot).identity,
            None => self.identity(),
        };
        let (tracker, shard, id) = (self.tracker.clone(), self.shard(), self.id.clone());
        let timestamp = event.timestamp;
        let timestamp = timestamp.unwrap_or_else(|| tracker.id_and_clock().now());
        Box::new(move |end: NumberedEnd| {
            event.set_message_count(end.message_count);
            let key = tracker.write_key();
            let name = format!("{}#{}", ConversationEnded::NAME, end.number);
            let envelope_id = if key.is_empty() {
                tracker.id_and_clock().envelope_id()
            } else {
                Some(Box::new(EnvelopeId::derived(key, &name, &id)))
            };
            tracker.push(
                shard,
                EventContextRef::of(&identity),
                Envelope {
                    id: envelope_id,
                    timestamp,
                    call: ApiCall::Track {
                        payload: event.payload,
                        settings: event.settings,
                    },
                },
            );
            on_sent();
        })
    }
}
