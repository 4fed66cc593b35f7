//! The events of Segment's *Spec: AI Copilot*, in the order of its table.
//!
//! <https://segment.com/docs/connections/spec/ai-copilot/>. Each is written with the derive that
//! your own events use. A conversation adds `conversationId` and, but for the first and the last
//! event of a conversation, `messageId`. *Identify* is a call of its own, not an event with a
//! name: [`Conversation::identify`](crate::Conversation::identify).

use std::borrow::Cow;
use std::fmt;

use serde::{Serialize, Serializer};

use crate::TrackEvent;
use crate::event::role::Role;

/// The name of the event that sampling never leaves out.
pub(crate) const FEEDBACK_SUBMITTED: &str = "Feedback Submitted";

/// Conversation Started: a new conversation begins. Sent by itself before the first message.
#[derive(Debug, Clone, Default, TrackEvent)]
#[track(name = "Conversation Started", rename_all = "snake_case", crate = crate)]
#[non_exhaustive]
pub struct ConversationStarted {}

/// Message Sent: the customer adds a message.
#[derive(Clone, TrackEvent)]
#[track(name = "Message Sent", rename_all = "snake_case", crate = crate)]
#[non_exhaustive]
pub struct MessageSent {
    /// What the customer said.
    #[track(content)]
    pub message_body: Cow<'static, str>,
    /// Who said it; [`Role::Customer`] by default.
    pub role: Role,
}

/// Message Received: the copilot answers.
#[derive(Clone, TrackEvent)]
#[track(name = "Message Received", rename_all = "snake_case", crate = crate)]
#[non_exhaustive]
pub struct MessageReceived {
    /// What the customer was told.
    #[track(content)]
    pub message_body: Cow<'static, str>,
    /// Who said it; [`Role::Agent`] by default.
    pub role: Role,
}

/// Conversation Ended: customer or agent say so, or the chat is deleted.
#[derive(Debug, Clone, TrackEvent)]
#[track(name = "Conversation Ended", rename_all = "snake_case", crate = crate)]
#[non_exhaustive]
pub struct ConversationEnded {
    /// How many messages were sent and received.
    pub message_count: u64,
}

/// Action Invoked: model or user use a tool.
#[derive(Debug, Clone, TrackEvent)]
#[track(name = "Action Invoked", rename_all = "snake_case", crate = crate)]
#[non_exhaustive]
pub struct ActionInvoked {
    /// The kind of action, e.g. `Inventory Request`.
    pub r#type: Cow<'static, str>,
    /// What was done with the tool, e.g. `check stock level`.
    pub action: Cow<'static, str>,
    /// For whom; [`Role::Customer`] by default, as the spec says.
    pub role: Role,
}

/// Media Generated: the model makes an image, a video or audio.
#[derive(Debug, Clone, TrackEvent)]
#[track(name = "Media Generated", rename_all = "snake_case", crate = crate)]
#[non_exhaustive]
pub struct MediaGenerated {
    /// The kind of media, e.g. `image`.
    pub r#type: Cow<'static, str>,
    /// Its data type, e.g. `gif`.
    pub sub_type: Cow<'static, str>,
    /// By whom; [`Role::Agent`] by default.
    pub role: Role,
}

/// Component Loaded: a component that is neither text nor voice is shown.
#[derive(Debug, Clone, TrackEvent)]
#[track(name = "Component Loaded", rename_all = "snake_case", crate = crate)]
#[non_exhaustive]
pub struct ComponentLoaded {
    /// The kind of component, e.g. `Stock Price Chart`.
    pub r#type: Cow<'static, str>,
}

/// Custom Component Loaded: the name that the spec's list of live chat events has for
/// [`ComponentLoaded`].
#[derive(Debug, Clone, TrackEvent)]
#[track(name = "Custom Component Loaded", rename_all = "snake_case", crate = crate)]
#[non_exhaustive]
pub struct CustomComponentLoaded {
    /// The kind of component, e.g. `Stock Price Chart`.
    pub r#type: Cow<'static, str>,
}

/// Feedback Submitted: the customer rates a message or the conversation.
#[derive(Debug, Clone, TrackEvent)]
#[track(name = "Feedback Submitted", rename_all = "snake_case", crate = crate)]
#[non_exhaustive]
pub struct FeedbackSubmitted {
    /// The rating.
    pub rating: Rating,
}

impl ConversationStarted {
    /// The event.
    #[must_use]
    pub fn new() -> Self {
        Self {}
    }
}

impl MessageSent {
    /// The event, from [`Role::Customer`].
    pub fn new(message_body: impl Into<Cow<'static, str>>) -> Self {
        Self {
            message_body: message_body.into(),
            role: Role::Customer,
        }
    }
}

impl MessageReceived {
    /// The event, from [`Role::Agent`].
    pub fn new(message_body: impl Into<Cow<'static, str>>) -> Self {
        Self {
            message_body: message_body.into(),
            role: Role::Agent,
        }
    }
}

impl ConversationEnded {
    /// The event, after so many messages.
    #[must_use]
    pub fn new(message_count: u64) -> Self {
        Self { message_count }
    }
}

macro_rules! debug_without_words {
    ($($message:ident)*) => {$(
        impl fmt::Debug for $message {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                // What was said is for no log.
                f.debug_struct(stringify!($message))
                    .field("role", &self.role)
                    .finish_non_exhaustive()
            }
        }
    )*};
}

debug_without_words!(MessageSent MessageReceived);

impl ActionInvoked {
    /// The event, for [`Role::Customer`].
    pub fn new(r#type: impl Into<Cow<'static, str>>, action: impl Into<Cow<'static, str>>) -> Self {
        Self {
            r#type: r#type.into(),
            action: action.into(),
            role: Role::Customer,
        }
    }
}

impl MediaGenerated {
    /// The event, by [`Role::Agent`].
    pub fn new(
        r#type: impl Into<Cow<'static, str>>,
        sub_type: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            r#type: r#type.into(),
            sub_type: sub_type.into(),
            role: Role::Agent,
        }
    }
}

impl ComponentLoaded {
    /// The event.
    pub fn new(r#type: impl Into<Cow<'static, str>>) -> Self {
        Self {
            r#type: r#type.into(),
        }
    }
}

impl CustomComponentLoaded {
    /// The event.
    pub fn new(r#type: impl Into<Cow<'static, str>>) -> Self {
        Self {
            r#type: r#type.into(),
        }
    }
}

impl FeedbackSubmitted {
    /// The event. A rating that is not a finite number makes it invalid: it is not sent, and the
    /// ledger counts it.
    pub fn new(rating: impl Into<Rating>) -> Self {
        Self {
            rating: rating.into(),
        }
    }
}

/// A rating: a number, always sent as one with a fraction (`5.0`), since a warehouse types the
/// column by the first value that it sees.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Rating(f64);

impl Rating {
    /// The number.
    #[must_use]
    pub fn get(self) -> f64 {
        self.0
    }
}

macro_rules! rating_from {
    ($($number:ty)*) => {$(
        impl From<$number> for Rating {
            fn from(rating: $number) -> Self {
                Self(f64::from(rating))
            }
        }
    )*};
}

rating_from!(f64 f32 i32 u32 i16 u16 i8 u8);

impl Serialize for Rating {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if !self.0.is_finite() {
            return Err(serde::ser::Error::custom(
                "a rating must be a finite number",
            ));
        }
        serializer.serialize_f64(self.0)
    }
}
