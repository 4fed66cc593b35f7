//! Parts of the JSON that consecutive events share.

use std::sync::Arc;

use crate::delivery::envelope::{EventContextRef, Identity};
use crate::delivery::segment::context::ContextPolicy;
use crate::event::context::event_context::TRACE_ID;
use crate::event::ids::message_id::MessageId;
use crate::event::properties::writer::IdProperties;
use crate::event::sampling::SampleRate;
use crate::privacy::content::Content;
use crate::util::json::string;

/// The encoded context of the latest event, reused while the context stays the same.
#[derive(Debug, Default)]
pub(crate) struct CachedFragments {
    identity: Option<Arc<Identity>>,
    message_id: Option<MessageId>,
    /// `,"userId":"…","anonymousId":"…"`
    pub(crate) user: Vec<u8>,
    /// `"conversationId":"…","messageId":"…"`
    ids: Vec<u8>,
    /// The fields of the context, each with a comma before it: `,"locale":"…","page":{…}`
    pub(crate) context: Vec<u8>,
    /// `,"consent":{…}`
    pub(crate) consent: Vec<u8>,
    /// The error that occurred when the context was encoded.
    error: Option<String>,
}

impl CachedFragments {
    /// Switches to a context. Encodes only the parts that have changed.
    pub(crate) fn set_context(
        &mut self,
        context: EventContextRef<'_>,
        policy: ContextPolicy<'_>,
    ) -> Result<(), String> {
        let same_identity = match (&self.identity, context.identity) {
            (Some(held), Some(identity)) => Arc::ptr_eq(held, identity),
            (None, None) => true,
            _ => false,
        };
        if !same_identity {
            self.identity = context.identity.cloned();
            self.encode_identity(policy);
        }
        if !same_identity || self.message_id.as_ref() != context.message_id {
            self.message_id = context.message_id.cloned();
            self.encode_ids();
        }
        self.error.clone().map_or(Ok(()), Err)
    }

    fn encode_identity(&mut self, mut policy: ContextPolicy<'_>) {
        self.user.clear();
        self.context.clear();
        self.consent.clear();
        self.error = None;
        let Some(identity) = &self.identity else {
            return;
        };
        if let Some(id) = identity.user.user_id() {
            self.user.extend_from_slice(br#","userId":"#);
            string(id, &mut self.user);
        }
        if let Some(id) = identity.user.anonymous_id() {
            self.user.extend_from_slice(br#","anonymousId":"#);
            string(id, &mut self.user);
        }
        if let Some(context) = &identity.context {
            policy.content.content = policy.content.content.max(identity.content);
            policy.write(context, &mut self.context);
        }
        if let Some(consent) = &identity.consent {
            self.consent.extend_from_slice(br#","consent":"#);
            let written = serde_json::to_writer(&mut self.consent, consent);
            self.error = written.err().map(|error| error.to_string());
        }
    }

    fn encode_ids(&mut self) {
        self.ids.clear();
        let conversation = self
            .identity
            .as_ref()
            .and_then(|identity| identity.conversation.as_ref());
        if let Some(id) = conversation {
            self.ids.extend_from_slice(br#""conversationId":"#);
            string(id.as_str(), &mut self.ids);
        }
        if let Some(id) = &self.message_id {
            if !self.ids.is_empty() {
                self.ids.push(b',');
            }
            self.ids.extend_from_slice(br#""messageId":"#);
            string(id.as_str(), &mut self.ids);
        }
    }

    /// Returns the ids of the conversation and the message.
    pub(crate) fn ids(&self) -> IdProperties<'_> {
        IdProperties {
            json: &self.ids,
            has_conversation: self.is_in_conversation(),
            has_message: self.message_id.is_some(),
        }
    }

    pub(crate) fn is_in_conversation(&self) -> bool {
        let identity = self.identity.as_ref();
        identity.is_some_and(|identity| identity.conversation.is_some())
    }

    /// Returns whether the context contains the id of a trace.
    pub(crate) fn has_trace_id(&self) -> bool {
        let context = self
            .identity
            .as_ref()
            .and_then(|identity| identity.context.as_ref());
        context.is_some_and(|context| context.get(TRACE_ID).is_some())
    }

    /// Returns the conversation's sample rate, if another process selected the conversation.
    pub(crate) fn sample_rate(&self) -> Option<SampleRate> {
        self.identity.as_ref()?.sample_rate
    }

    /// Returns the conversation's content policy.
    pub(crate) fn content(&self) -> Content {
        let identity = self.identity.as_ref();
        identity.map_or(Content::default(), |identity| identity.content)
    }
}
