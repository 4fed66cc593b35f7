//! An event from an attribute's arguments.

use std::borrow::Cow;
use std::sync::{Mutex, PoisonError};

use crate::conversation::current as scope;
use crate::event::extra_properties::Json;
use crate::event::ids::{MessageId, ParseIdError};
use crate::event::role::Role;
use crate::event::spec::{
    ActionInvoked, ComponentLoaded, FeedbackSubmitted, MediaGenerated, MessageSent, Rating,
};
use crate::event::track_event::{Event, TrackEvent};
use crate::tracking::call_site::{Call, Site};

type Words = Cow<'static, str>;

/// An event that is not sent yet.
///
/// It is `Send`; behind a lock, which nobody takes, a future that holds it stays `Sync` where it
/// was.
#[derive(Debug)]
pub struct Draft(Mutex<Event>);

/// A text of the program, or what an expression displays.
pub trait IntoWords {
    /// The text.
    fn into_words(self) -> Words;
}

impl IntoWords for &'static str {
    #[inline]
    fn into_words(self) -> Words {
        Cow::Borrowed(self)
    }
}

impl IntoWords for String {
    #[inline]
    fn into_words(self) -> Words {
        Cow::Owned(self)
    }
}

impl Site {
    /// Action Invoked.
    pub fn action(&self, r#type: impl IntoWords, action: impl IntoWords) -> Draft {
        Draft::of(ActionInvoked::new(r#type.into_words(), action.into_words()))
    }

    /// Media Generated.
    pub fn media(&self, r#type: impl IntoWords, sub_type: impl IntoWords) -> Draft {
        Draft::of(MediaGenerated::new(
            r#type.into_words(),
            sub_type.into_words(),
        ))
    }

    /// Component Loaded.
    pub fn component(&self, r#type: impl IntoWords) -> Draft {
        Draft::of(ComponentLoaded::new(r#type.into_words()))
    }
}

impl Site {
    /// Sends an event in the ambient conversation.
    pub fn send(&self, draft: Draft) {
        if let Some(frame) = scope::current() {
            frame.track(draft.into_event());
        }
    }

    /// Feedback Submitted.
    pub fn feedback(&self, rating: Rating) -> Draft {
        Draft::of(FeedbackSubmitted::new(rating))
    }

    /// Message Sent.
    pub fn said(&self, body: Option<Cow<'_, str>>) -> Draft {
        Draft::of(MessageSent::new(body.unwrap_or_default().into_owned()))
    }
}

impl Call {
    /// Sends the event that says so.
    pub fn send(self, draft: Draft) {
        self.0.track(draft.into_event());
    }
}

impl Draft {
    fn new(event: Event) -> Self {
        Self(Mutex::new(event))
    }

    pub(super) fn of(event: impl TrackEvent + Send + 'static) -> Self {
        Self::new(event.into_event())
    }

    pub(super) fn into_event(self) -> Event {
        self.0.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    /// In another role than the event's own.
    #[must_use]
    pub fn role(self, role: Role) -> Self {
        Self::new(self.into_event().role(role))
    }

    /// On another message than the ambient one.
    #[must_use]
    pub fn message_id(self, id: Result<Option<MessageId>, ParseIdError>) -> Self {
        let mut event = self.into_event();
        event.set_message(id);
        Self::new(event)
    }

    /// With one property more.
    #[must_use]
    pub fn property(self, name: &'static str, value: Json) -> Self {
        let mut event = self.into_event();
        event.set_json(Cow::Borrowed(name), value);
        Self::new(event)
    }
}
