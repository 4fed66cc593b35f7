//! The events of Segment's *Spec: AI Copilot*, in the order of the spec's table.
//!
//! Source: <https://segment.com/docs/connections/spec/ai-copilot/>.
//!
//! Sending one of these structs with [`Conversation::track`](crate::Conversation::track) has the
//! same effect as calling the method of the same name. A conversation adds `conversationId` to
//! every event, and `messageId` to every event except Conversation Started and Conversation Ended.
//!
//! *Identify* is a separate kind of call, not a named event. See
//! [`Conversation::identify`](crate::Conversation::identify).

use std::borrow::Cow;
use std::fmt;

use crate::event::heap_size::HeapSize;
use crate::event::properties::writer::Properties;
pub use crate::event::rating::Rating;
use crate::event::role::Role;

/// Conversation Started: a new conversation begins. This event is sent automatically before the
/// first message.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct ConversationStarted {}

/// Message Sent: the customer adds a message.
#[derive(Clone)]
#[non_exhaustive]
pub struct MessageSent {
    /// The text of the message.
    pub message_body: Cow<'static, str>,
    /// The sender. Default: [`Role::Customer`].
    pub role: Role,
}

/// Message Received: a message from the copilot.
#[derive(Clone)]
#[non_exhaustive]
pub struct MessageReceived {
    /// The text of the message.
    pub message_body: Cow<'static, str>,
    /// The sender. Default: [`Role::Agent`].
    pub role: Role,
}

/// Conversation Ended: the customer or an agent ends the conversation, or the chat is deleted.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct ConversationEnded {
    /// The number of messages that were sent and received. `None` if it is not known.
    pub message_count: Option<u64>,
}

/// Action Invoked: the model or the user uses a tool.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ActionInvoked {
    /// The type of the action, for example `Inventory Request`.
    pub r#type: Cow<'static, str>,
    /// The action that was taken with the tool, for example `check stock level`.
    pub action: Cow<'static, str>,
    /// The role. Default: [`Role::Customer`], as in the spec.
    pub role: Role,
}

/// Media Generated: the model generates an image, a video, or audio.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct MediaGenerated {
    /// The type of the media, for example `image`.
    pub r#type: Cow<'static, str>,
    /// The data type, for example `gif`.
    pub sub_type: Cow<'static, str>,
    /// The role. Default: [`Role::Agent`].
    pub role: Role,
}

/// Component Loaded: a component other than text or voice is shown.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ComponentLoaded {
    /// The type of the component, for example `Stock Price Chart`.
    pub r#type: Cow<'static, str>,
}

/// Custom Component Loaded: a component other than text or voice is shown. The spec's list of live
/// chat events uses this name for [`ComponentLoaded`].
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct CustomComponentLoaded {
    /// The type of the component, for example `Stock Price Chart`.
    pub r#type: Cow<'static, str>,
}

/// Feedback Submitted: the customer rates a message or the conversation.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct FeedbackSubmitted {
    /// The rating.
    pub rating: Rating,
}

impl ConversationStarted {
    /// Creates the event.
    #[must_use]
    pub fn new() -> Self {
        Self {}
    }
}

impl MessageSent {
    /// Creates the event with [`Role::Customer`].
    pub fn new(message_body: impl Into<Cow<'static, str>>) -> Self {
        Self {
            message_body: message_body.into(),
            role: Role::Customer,
        }
    }
}

impl MessageReceived {
    /// Creates the event with [`Role::Agent`].
    pub fn new(message_body: impl Into<Cow<'static, str>>) -> Self {
        Self {
            message_body: message_body.into(),
            role: Role::Agent,
        }
    }
}

impl ConversationEnded {
    /// Creates the event with a number of messages. The number 0 is not sent: a handle that has
    /// counted no message does not know the number.
    #[must_use]
    pub fn new(message_count: u64) -> Self {
        Self {
            message_count: (message_count > 0).then_some(message_count),
        }
    }
}

macro_rules! debug_without_text {
    ($($message:ident)*) => {$(
        impl fmt::Debug for $message {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                // Text from the conversation must not be logged.
                f.debug_struct(stringify!($message))
                    .field("role", &self.role)
                    .finish_non_exhaustive()
            }
        }
    )*};
}

debug_without_text!(MessageSent MessageReceived);

impl ActionInvoked {
    /// Creates the event with [`Role::Customer`].
    pub fn new(r#type: impl Into<Cow<'static, str>>, action: impl Into<Cow<'static, str>>) -> Self {
        Self {
            r#type: r#type.into(),
            action: action.into(),
            role: Role::Customer,
        }
    }
}

impl MediaGenerated {
    /// Creates the event with [`Role::Agent`].
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
    /// Creates the event.
    pub fn new(r#type: impl Into<Cow<'static, str>>) -> Self {
        Self {
            r#type: r#type.into(),
        }
    }
}

impl CustomComponentLoaded {
    /// Creates the event.
    pub fn new(r#type: impl Into<Cow<'static, str>>) -> Self {
        Self {
            r#type: r#type.into(),
        }
    }
}

impl FeedbackSubmitted {
    /// Creates the event. A rating that is not a finite number makes the event invalid: the event
    /// is not sent, and the ledger counts it.
    pub fn new(rating: impl Into<Rating>) -> Self {
        Self {
            rating: rating.into(),
        }
    }
}

/// Defines the name and the properties of each event. The names are written only here.
macro_rules! spec_events {
    ($($event:ident = $name:literal { $($kind:ident $property:literal = $field:ident),* })*) => {
        $(impl $event {
            /// The name of the event in the spec.
            pub const NAME: &'static str = $name;

            pub(super) fn write(&self, properties: &mut Properties<'_>) {
                let Self { $($field),* } = self;
                $(properties.$kind($property, $field);)*
                let _ = properties;
            }

            /// Returns the number of bytes that the event uses outside its own struct.
            pub(crate) fn heap_size(&self) -> usize {
                let Self { $($field),* } = self;
                0 $(+ $field.heap_size())*
            }

            /// Cuts strings that are too long for the queue.
            fn shorten(&mut self) {
                let Self { $($field),* } = self;
                $($field.shorten();)*
            }
        })*

        /// One of the spec's events. It is stored inline, so that queueing it does not allocate.
        #[derive(Debug)]
        pub(crate) enum SpecEvent {
            $($event($event),)*
        }

        impl SpecEvent {
            pub(crate) fn name(&self) -> &'static str {
                match self {
                    $(Self::$event(_) => $event::NAME,)*
                }
            }

            pub(super) fn write(&self, properties: &mut Properties<'_>) {
                match self {
                    $(Self::$event(event) => event.write(properties),)*
                }
            }

            pub(crate) fn heap_size(&self) -> usize {
                match self {
                    $(Self::$event(event) => event.heap_size(),)*
                }
            }

            pub(super) fn shorten(&mut self) {
                match self {
                    $(Self::$event(event) => event.shorten(),)*
                }
            }
        }

        $(impl From<$event> for SpecEvent {
            fn from(event: $event) -> Self {
                Self::$event(event)
            }
        })*
    };
}

spec_events! {
    ConversationStarted = "Conversation Started" {}
    MessageSent = "Message Sent" { content "message_body" = message_body, property "role" = role }
    MessageReceived = "Message Received" {
        content "message_body" = message_body, property "role" = role
    }
    ConversationEnded = "Conversation Ended" { property "message_count" = message_count }
    ActionInvoked = "Action Invoked" {
        property "type" = r#type, property "action" = action, property "role" = role
    }
    MediaGenerated = "Media Generated" {
        property "type" = r#type, property "sub_type" = sub_type, property "role" = role
    }
    ComponentLoaded = "Component Loaded" { property "type" = r#type }
    CustomComponentLoaded = "Custom Component Loaded" { property "type" = r#type }
    FeedbackSubmitted = "Feedback Submitted" { property "rating" = rating }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_small() {
        // An event is moved several times on its way to the delivery thread.
        assert!(size_of::<SpecEvent>() <= 80);
    }

    #[test]
    fn heap_size_counts_owned_text() {
        let event = SpecEvent::from(ActionInvoked::new("type", String::from("action")));
        assert_eq!((event.name(), event.heap_size()), ("Action Invoked", 6));
        let event = ActionInvoked {
            role: Role::Other(Cow::Owned("supervisor".to_owned())),
            ..ActionInvoked::new("type", "action")
        };
        assert_eq!(SpecEvent::from(event).heap_size(), 10);
    }
}
