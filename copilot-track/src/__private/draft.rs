//! An event from an attribute's arguments.

use std::borrow::Cow;
use std::fmt::Display;
use std::sync::{Mutex, PoisonError};

use crate::event::{Event, TrackEvent};
use crate::ids::IntoMessageId;
use crate::properties::PropertyValue;
use crate::role::Role;
use crate::spec::{
    ActionInvoked, ComponentLoaded, FeedbackSubmitted, MediaGenerated, MessageSent, Rating,
};

type Words = Cow<'static, str>;

/// An event that is not sent yet.
///
/// It is `Send`; behind a lock, which nobody takes, a future that holds it stays `Sync` where it was.
#[derive(Debug)]
pub struct Draft(Mutex<Event>);

/// A text of the program.
#[inline]
#[must_use]
pub const fn literal(text: &'static str) -> Words {
    Cow::Borrowed(text)
}

/// What an expression displays.
pub fn text(value: &(impl IntoText + ?Sized)) -> Words {
    Cow::Owned(value.to_text())
}

/// What can stand where an attribute takes a text.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be written as a text",
    label = "expected a text, or anything that implements `Display`",
    note = "write a literal, a `&str`, a `String`, or implement `std::fmt::Display` for `{Self}`"
)]
pub trait IntoText {
    /// The text.
    fn to_text(&self) -> String;
}

#[diagnostic::do_not_recommend]
impl<T: Display + ?Sized> IntoText for T {
    fn to_text(&self) -> String {
        self.to_string()
    }
}

/// Action Invoked.
#[must_use]
pub fn action(r#type: Words, action: Words) -> Draft {
    Draft::new(ActionInvoked::new(r#type, action).into_event())
}

/// Media Generated.
#[must_use]
pub fn media(r#type: Words, sub_type: Words) -> Draft {
    Draft::new(MediaGenerated::new(r#type, sub_type).into_event())
}

/// Component Loaded.
#[must_use]
pub fn component(r#type: Words) -> Draft {
    Draft::new(ComponentLoaded::new(r#type).into_event())
}

/// What can stand where an attribute takes a role.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a role",
    label = "expected a `Role`, or a text",
    note = "write `role = \"ai_agent\"`, `role = Role::AiAgent`, or implement `From<{Self}> for Role`"
)]
pub trait IntoRole {
    /// The role.
    fn into_role(self) -> Role;
}

#[diagnostic::do_not_recommend]
impl<T: Into<Role>> IntoRole for T {
    fn into_role(self) -> Role {
        self.into()
    }
}

/// What can stand where an attribute takes a rating.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a rating",
    label = "expected a number",
    note = "give an `f64`, or an integer of at most 32 bits; `rating = stars as f64` makes one of a larger integer"
)]
pub trait IntoRating {
    /// The rating.
    fn into_rating(self) -> Rating;
}

#[diagnostic::do_not_recommend]
impl<T: Into<Rating>> IntoRating for T {
    fn into_rating(self) -> Rating {
        self.into()
    }
}

/// Feedback Submitted.
pub fn feedback(rating: impl IntoRating) -> Draft {
    Draft::new(FeedbackSubmitted::new(rating.into_rating()).into_event())
}

/// Message Sent.
#[must_use]
pub fn said(body: Option<Cow<'_, str>>) -> Draft {
    let body = body.unwrap_or_default().into_owned();
    Draft::new(MessageSent::new(body).into_event())
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
    pub fn role(self, role: impl IntoRole) -> Self {
        Self::new(self.into_event().role(role.into_role()))
    }

    /// On another message than the ambient one.
    #[must_use]
    pub fn message_id(self, id: impl IntoMessageId) -> Self {
        Self::new(self.into_event().message_id(id))
    }

    /// With one property more.
    #[must_use]
    pub fn property(self, name: &'static str, value: &(impl PropertyValue + ?Sized)) -> Self {
        Self::new(self.into_event().property(name, value))
    }
}
