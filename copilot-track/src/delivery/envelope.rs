//! Events on their way to the delivery thread.

use std::sync::Arc;
use std::time::SystemTime;

use segment::message::BatchMessage;
use serde_json::{Map, Value};

use crate::delivery::dead_letters::dead_letter::DeadLetter;
use crate::delivery::segment::fields::{MessageFields, body_mut};
use crate::event::context::event_context::Context;
use crate::event::event_settings::Settings;
use crate::event::ids::conversation_id::ConversationId;
use crate::event::ids::envelope_id::EnvelopeId;
use crate::event::ids::message_id::MessageId;
use crate::event::sampling::SampleRate;
use crate::event::track_event::Payload;
use crate::event::user::User;
use crate::privacy::consent::Consent;
use crate::privacy::content::Content;
use crate::util::reentrancy;
use crate::util::truncation::{shorten, shorten_members};

/// The user, conversation, content policy, and consent of an event at the time it was emitted.
#[derive(Debug, Clone)]
pub(crate) struct Identity {
    pub(crate) user: User,
    pub(crate) conversation: Option<ConversationId>,
    /// The conversation's policy. The tracker's policy may be stricter.
    pub(crate) content: Content,
    pub(crate) consent: Option<Arc<Consent>>,
    /// The context of the tracker, the conversation, and the turn.
    pub(crate) context: Option<Arc<Context>>,
    /// The rate that selected the conversation, if another process made the decision.
    pub(crate) sample_rate: Option<SampleRate>,
}

impl Identity {
    pub(crate) fn new(user: User, conversation: Option<ConversationId>) -> Self {
        Self {
            user,
            conversation,
            content: Content::default(),
            consent: None,
            context: None,
            sample_rate: None,
        }
    }
}

/// The data that consecutive events share.
///
/// The queue stores it once for all of these events. If each event held its own reference, the
/// caller and the delivery thread would both update the reference count and wait for the same cache
/// line.
#[derive(Debug, Clone)]
pub(crate) struct EventContext {
    /// `None` for a message that the application created, because such a message contains its own
    /// user.
    pub(crate) identity: Option<Arc<Identity>>,
    pub(crate) message_id: Option<MessageId>,
}

/// A borrowed [`EventContext`].
#[derive(Debug, Clone, Copy)]
pub(crate) struct EventContextRef<'a> {
    pub(crate) identity: Option<&'a Arc<Identity>>,
    pub(crate) message_id: Option<&'a MessageId>,
}

impl<'a> EventContextRef<'a> {
    pub(crate) const NONE: Self = Self {
        identity: None,
        message_id: None,
    };

    /// Creates a context with an identity and no chat message.
    pub(crate) fn of(identity: &'a Arc<Identity>) -> Self {
        Self {
            identity: Some(identity),
            message_id: None,
        }
    }

    /// Returns the approximate size of the context in memory, in bytes, without the parts that it
    /// shares with the `recent` contexts.
    pub(crate) fn size_next_to(self, recent: &[EventContext]) -> usize {
        let Some(identity) = self.identity else {
            return 0;
        };
        let recent = || recent.iter().filter_map(|known| known.identity.as_ref());
        if recent().any(|known| Arc::ptr_eq(known, identity)) {
            return 0;
        }
        let is_shared = |context: &Arc<Context>| {
            let mut contexts = recent().filter_map(|known| known.context.as_ref());
            contexts.any(|known| Arc::ptr_eq(known, context))
        };
        let own = identity.context.as_ref();
        let own = own.filter(|context| !is_shared(context));
        size_of::<Identity>() + own.map_or(0, |context| context.heap_size())
    }

    pub(crate) fn to_owned(self) -> EventContext {
        EventContext {
            identity: self.identity.cloned(),
            message_id: self.message_id.cloned(),
        }
    }

    /// Returns whether both contexts have the same identity, compared by address, and equal message
    /// ids.
    #[inline]
    pub(crate) fn is_same(self, context: &EventContext) -> bool {
        let same_identity = match (self.identity, &context.identity) {
            (Some(one), Some(other)) => Arc::ptr_eq(one, other),
            (None, None) => true,
            _ => false,
        };
        same_identity && self.message_id == context.message_id.as_ref()
    }
}

impl EventContext {
    pub(crate) fn as_ref(&self) -> EventContextRef<'_> {
        EventContextRef {
            identity: self.identity.as_ref(),
            message_id: self.message_id.as_ref(),
        }
    }
}

/// A call to the tracking API, with its timestamp, before it is encoded.
pub(crate) struct Envelope {
    /// `None` if the encoder should generate an id.
    pub(crate) id: Option<Box<EnvelopeId>>,
    pub(crate) timestamp: SystemTime,
    pub(crate) call: ApiCall,
}

/// The kind and the data of a call.
pub(crate) enum ApiCall {
    Track {
        payload: Payload,
        settings: Option<Box<Settings>>,
    },
    /// The traits as a JSON object, or the error that occurred when they were serialized.
    Identify(Result<Box<str>, Box<str>>),
    /// The id of a group, and its traits.
    Group(Box<str>, Result<Box<str>, Box<str>>),
    /// The previous id of the user.
    Alias(Box<str>),
    /// A message that the application created.
    SegmentMessage(Box<BatchMessage>),
    /// A replayed event, which keeps its original id and timestamp.
    DeadLetter(Box<DeadLetter>),
}

/// The approximate number of bytes that the queue and the allocator need for each event.
const OVERHEAD: usize = 64;

impl Envelope {
    /// Returns the approximate size of the envelope in memory, in bytes.
    pub(crate) fn size(&self) -> usize {
        let heap = match &self.call {
            ApiCall::Track {
                payload: Payload::Spec(event),
                settings: None,
            } => event.heap_size(),
            _ => self.reported_heap_size(),
        };
        (size_of::<Self>() + OVERHEAD).saturating_add(heap)
    }

    /// Cuts strings that are too long for the queue. The parts that are cut off cannot be sent.
    #[cold]
    pub(crate) fn shorten(&mut self) {
        match &mut self.call {
            ApiCall::Track { payload, settings } => {
                payload.shorten();
                if let Some(settings) = settings {
                    settings.shorten();
                }
            }
            ApiCall::Identify(Ok(traits)) | ApiCall::Group(_, Ok(traits)) => {
                shorten_members(traits);
            }
            ApiCall::SegmentMessage(message) => {
                let properties = body_mut(message).and_then(Value::as_object_mut);
                for value in properties.into_iter().flat_map(Map::values_mut) {
                    if let Value::String(text) = value {
                        shorten(text);
                    }
                }
            }
            // An id is short, and a dead letter was truncated before it was first sent.
            ApiCall::Identify(Err(_))
            | ApiCall::Group(_, Err(_))
            | ApiCall::Alias(_)
            | ApiCall::DeadLetter(_) => {}
        }
    }

    /// Returns the size of the memory that the envelope owns on the heap.
    #[inline(never)]
    fn reported_heap_size(&self) -> usize {
        // The application's own event types report their size. A panic in the application's code
        // must not reach the caller, and events that it tracks could wait for the caller.
        let size = reentrancy::call(|| match &self.call {
            ApiCall::Track { payload, settings } => {
                let settings = settings.as_ref().map_or(0, |settings| settings.size());
                payload.heap_size().saturating_add(settings)
            }
            ApiCall::Identify(traits) => traits.as_ref().map_or(0, |traits| traits.len()),
            ApiCall::Group(id, traits) => {
                id.len() + traits.as_ref().map_or(0, |traits| traits.len())
            }
            ApiCall::Alias(previous_id) => previous_id.len(),
            ApiCall::SegmentMessage(message) => MessageFields::of(message).size(),
            ApiCall::DeadLetter(letter) => MessageFields::of(&letter.event.message).size(),
        });
        size.unwrap_or_default()
    }
}

impl std::fmt::Debug for Envelope {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The call is not shown, because it can contain personal data.
        f.debug_struct("Envelope")
            .field("timestamp", &self.timestamp)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size(call: ApiCall) -> usize {
        let envelope = Envelope {
            id: None,
            timestamp: SystemTime::UNIX_EPOCH,
            call,
        };
        envelope.size()
    }

    #[test]
    fn the_size_includes_all_text() {
        let text = |bytes: usize| "x".repeat(bytes).into_boxed_str();
        let empty = size(ApiCall::Alias(text(0)));
        assert_eq!(empty, size_of::<Envelope>() + OVERHEAD);
        assert_eq!(size(ApiCall::Alias(text(300))), empty + 300);
        assert_eq!(size(ApiCall::Identify(Ok(text(300)))), empty + 300);
        assert_eq!(size(ApiCall::Identify(Err(text(300)))), empty);
        let group = |traits| size(ApiCall::Group(text(40), traits));
        assert_eq!(group(Ok(text(300))), empty + 340);
        assert_eq!(group(Err(text(300))), empty + 40);
    }
}
