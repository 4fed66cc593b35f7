//! The values of attribute arguments.

use std::borrow::Cow;
use std::fmt::Display;

use serde::Serialize;

use crate::args::message_body::MessageBody;
use crate::event::extra_properties::SerializedValue;
use crate::event::role::Role;
use crate::event::spec::Rating;

/// A value for the `type`, `sub_type`, or `action` argument: any type that implements [`Display`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be converted to text",
    label = "expected a string or another type that implements `Display`",
    note = "use a literal, a `&str` or a `String`; for a type of your crate, you can implement `std::fmt::Display`"
)]
pub trait IntoText {
    /// Converts the value to text.
    #[doc(hidden)]
    fn to_text(&self) -> String;
}

#[diagnostic::do_not_recommend]
impl<T: Display + ?Sized> IntoText for T {
    fn to_text(&self) -> String {
        self.to_string()
    }
}

/// A value for the `role` argument: a [`Role`], a string, or any other type that converts into a
/// [`Role`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a role",
    label = "expected a `Role` or a string",
    note = "write `role = \"ai_agent\"` or `role = Role::AiAgent`; for a type of your crate, you can implement `From<{Self}> for Role`"
)]
pub trait IntoRole {
    /// Converts the value to a role.
    #[doc(hidden)]
    fn into_role(self) -> Role;
}

#[diagnostic::do_not_recommend]
impl<T: Into<Role>> IntoRole for T {
    fn into_role(self) -> Role {
        self.into()
    }
}

/// A value for the `rating` argument: an `f64`, or a number that converts to an `f64` without loss.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a rating",
    label = "expected a number",
    note = "use an `f64` or an integer of at most 32 bits; convert a larger integer with `rating = stars as f64`"
)]
pub trait IntoRating {
    /// Converts the value to a rating.
    #[doc(hidden)]
    fn into_rating(self) -> Rating;
}

#[diagnostic::do_not_recommend]
impl<T: Into<Rating>> IntoRating for T {
    fn into_rating(self) -> Rating {
        self.into()
    }
}

/// A value in the `properties(…)` argument: any type that implements [`Serialize`].
///
/// The same types implement [`PropertyValue`](crate::PropertyValue), which has a supertrait. This
/// trait has no supertrait, because the compiler would otherwise report the supertrait's bound
/// instead of this trait's own message.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be sent as a property",
    label = "this value cannot be converted to JSON",
    note = "for a type of your crate, derive `serde::Serialize`; for any other type, send a part of the value, or send it as \
            text with `name = format!(\"{{:?}}\", value)`"
)]
pub trait IntoProperty {
    /// Converts the value to JSON.
    #[doc(hidden)]
    fn to_json(&self) -> SerializedValue;
}

#[diagnostic::do_not_recommend]
impl<T: Serialize + ?Sized> IntoProperty for T {
    fn to_json(&self) -> SerializedValue {
        SerializedValue::of(self)
    }
}

/// A value in the `texts(…)` argument: any type that implements [`MessageBody`], such as a string
/// or an `Option` of a string. `None` is not sent.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not text",
    label = "expected a string or an `Option` of a string",
    note = "to send another value as text, write `name = value.to_string()`; to send a value that contains no text from the \
            conversation, write `properties(name = value)`"
)]
pub trait PropertyText {
    /// Returns the text, or `None` if there is none.
    #[doc(hidden)]
    fn property_text(&self) -> Option<Cow<'_, str>>;
}

#[diagnostic::do_not_recommend]
impl<T: MessageBody + ?Sized> PropertyText for T {
    fn property_text(&self) -> Option<Cow<'_, str>> {
        self.message_body()
    }
}

/// A value for the `record(outcome = …)` argument: a `bool` that is `true` if the call succeeded,
/// or a string that describes the outcome.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an outcome",
    label = "expected a `bool` (`true` for success) or a string",
    note = "write, for example, `record(outcome = |out| out.is_done())`, or return a description as a `&str` or a `String`"
)]
pub trait IntoOutcome: sealed::Sealed {
    /// Converts the value to the text of the outcome.
    #[doc(hidden)]
    fn to_outcome(&self) -> Cow<'static, str>;
}

impl IntoOutcome for bool {
    fn to_outcome(&self) -> Cow<'static, str> {
        Cow::Borrowed(if *self { "ok" } else { "error" })
    }
}

impl IntoOutcome for str {
    fn to_outcome(&self) -> Cow<'static, str> {
        Cow::Owned(self.to_owned())
    }
}

impl IntoOutcome for String {
    fn to_outcome(&self) -> Cow<'static, str> {
        Cow::Owned(self.clone())
    }
}

impl<T: IntoOutcome + ?Sized> IntoOutcome for &T {
    fn to_outcome(&self) -> Cow<'static, str> {
        (**self).to_outcome()
    }
}

/// A supertrait that only this crate implements.
///
/// The other traits in this file have no such supertrait, because the compiler would report the
/// supertrait's bound instead of the trait's own message. Their methods are hidden instead.
mod sealed {
    pub trait Sealed {}
    impl Sealed for bool {}
    impl Sealed for str {}
    impl Sealed for String {}
    impl<T: Sealed + ?Sized> Sealed for &T {}
}
