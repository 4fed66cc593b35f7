//! Events on their way to the delivery thread.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::SystemTime;

use segment::message::BatchMessage;

use crate::delivery::dead_letters::dead_letter::DeadLetter;
use crate::delivery::segment::fields::MessageFields;
use crate::event::event_settings::Settings;
use crate::event::ids::conversation_id::ConversationId;
use crate::event::ids::envelope_id::EnvelopeId;
use crate::event::ids::message_id::MessageId;
use crate::event::track_event::Payload;
use crate::event::user::User;
use crate::privacy::consent::Consent;
use crate::privacy::content::Content;

/// User, conversation, content policy and consent of an event, as they were when it was emitted.
#[derive(Debug, Clone)]
pub(crate) struct Identity {
    pub(crate) user: User,
    pub(crate) conversation: Option<ConversationId>,
    /// The conversation's policy. The tracker's can be stricter.
    pub(crate) content: Content,
    pub(crate) consent: Option<Consent>,
}

impl Identity {
    pub(crate) fn new(user: User, conversation: Option<ConversationId>) -> Self {
        Self {
            user,
            conversation,
            content: Content::default(),
            consent: None,
        }
    }
}

/// The data that consecutive events share.
///
/// The queue stores it once for all of them. A reference count per event, changed by the caller and
/// by the delivery thread, would make both wait for the same cache line.
#[derive(Debug, Clone)]
pub(crate) struct EventContext {
    /// `None` for a message of the application, which names its user itself.
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

    /// Returns the context of a call with an identity and without a chat message.
    pub(crate) fn of(identity: &'a Arc<Identity>) -> Self {
        Self {
            identity: Some(identity),
            message_id: None,
        }
    }

    pub(crate) fn to_owned(self) -> EventContext {
        EventContext {
            identity: self.identity.cloned(),
            message_id: self.message_id.cloned(),
        }
    }

    /// Whether both have the same identity, by address, and equal message ids.
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

/// A call of the tracking API that is not encoded yet.
pub(crate) struct Envelope {
    /// `None` if the encoder should generate one.
    pub(crate) id: Option<Box<EnvelopeId>>,
    pub(crate) timestamp: SystemTime,
    pub(crate) call: ApiCall,
}

/// The call itself.
pub(crate) enum ApiCall {
    Track {
        payload: Payload,
        settings: Option<Box<Settings>>,
    },
    /// The traits: a JSON object, or the error of serializing them.
    Identify(Result<Box<str>, Box<str>>),
    /// A message that the application created.
    SegmentMessage(Box<BatchMessage>),
    /// An event that is replayed, with its original id and timestamp.
    DeadLetter(Box<DeadLetter>),
}

/// About how many bytes the queue and the allocator need for each event.
const OVERHEAD: usize = 64;

impl Envelope {
    /// Returns about how many bytes of memory the envelope occupies.
    pub(crate) fn size(&self) -> usize {
        // The application's events report their own size. A panic must not reach the caller.
        let size = catch_unwind(AssertUnwindSafe(|| self.reported_size()));
        size.unwrap_or(size_of::<Self>())
    }

    fn reported_size(&self) -> usize {
        let call = match &self.call {
            ApiCall::Track { payload, settings } => {
                let settings = settings.as_ref().map_or(0, |settings| settings.size());
                payload.heap_size().saturating_add(settings)
            }
            ApiCall::Identify(traits) => traits.as_ref().map_or(0, |traits| traits.len()),
            ApiCall::SegmentMessage(message) => MessageFields::of(message).size(),
            ApiCall::DeadLetter(letter) => MessageFields::of(&letter.message).size(),
        };
        (size_of::<Self>() + OVERHEAD).saturating_add(call)
    }
}

impl std::fmt::Debug for Envelope {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The properties can contain personal data.
        f.debug_struct("Envelope")
            .field("timestamp", &self.timestamp)
            .finish_non_exhaustive()
    }
}
