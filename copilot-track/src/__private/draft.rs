//! An event from an attribute's arguments.

use std::borrow::Cow;
use std::fmt::Display;
use std::sync::{Mutex, PoisonError};

use super::site::Site;
use crate::event::{Event, TrackEvent};
use crate::ids::IntoMessageId;
use crate::properties::PropertyValue;
use crate::role::Role;
use crate::spec::{ActionInvoked, ComponentLoaded, MediaGenerated, Rating};

type Words = Cow<'static, str>;

/// An event that is not sent yet.
///
/// It is `Send`; behind a lock, which nobody takes, a future that holds it stays `Sync` where it was.
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
