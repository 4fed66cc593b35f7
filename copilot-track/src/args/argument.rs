//! Values that the arguments of the attributes take.

use std::borrow::Cow;
use std::fmt::Display;

use serde::Serialize;

use crate::event::extra_properties::SerializedValue;
use crate::event::role::Role;
use crate::event::spec::Rating;

/// What `type`, `sub_type` and `action` may be: anything that is displayed.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be written as a text",
    label = "expected a text, or anything that implements `Display`",
    note = "write a literal, a `&str`, a `String`, or implement `std::fmt::Display` for `{Self}`"
)]
pub trait IntoText {
    /// The text.
    #[doc(hidden)]
    fn to_text(&self) -> String;
}

#[diagnostic::do_not_recommend]
impl<T: Display + ?Sized> IntoText for T {
    fn to_text(&self) -> String {
        self.to_string()
    }
}

/// What `role` may be: a [`Role`], or a text.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a role",
    label = "expected a `Role`, or a text",
    note = "write `role = \"ai_agent\"`, `role = Role::AiAgent`, or implement `From<{Self}> for Role`"
)]
pub trait IntoRole {
    /// The role.
    #[doc(hidden)]
    fn into_role(self) -> Role;
}

#[diagnostic::do_not_recommend]
impl<T: Into<Role>> IntoRole for T {
    fn into_role(self) -> Role {
        self.into()
    }
}

/// What `rating` may be: an `f64`, or a number that fits in one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a rating",
    label = "expected a number",
    note = "give an `f64`, or an integer of at most 32 bits; `rating = stars as f64` makes one of a larger integer"
)]
pub trait IntoRating {
    /// The rating.
    #[doc(hidden)]
    fn into_rating(self) -> Rating;
}

#[diagnostic::do_not_recommend]
impl<T: Into<Rating>> IntoRating for T {
    fn into_rating(self) -> Rating {
        self.into()
    }
}

/// What `properties(…)` take: anything that `serde` can serialise.
///
/// It is [`PropertyValue`](crate::PropertyValue) without a supertrait, which errors would be about.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be sent as a property",
    label = "this value cannot be turned into JSON",
    note = "derive or implement `serde::Serialize` for `{Self}`, or give a text of it"
)]
pub trait IntoProperty {
    /// The value as JSON, or why it is none.
    #[doc(hidden)]
    fn to_json(&self) -> SerializedValue;
}

#[diagnostic::do_not_recommend]
impl<T: Serialize + ?Sized> IntoProperty for T {
    fn to_json(&self) -> SerializedValue {
        SerializedValue::of(self)
    }
}

/// What `record(outcome = …)` may give: whether all went well, or a word for how it went.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an outcome",
    label = "expected `true` for success, `false` for failure, or a text",
    note = "write `record(outcome = |out| out.is_done())`, or give a word of your own as `&str` or `String`"
)]
pub trait IntoOutcome: sealed::Sealed {
    /// The outcome in one word.
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
/// The traits above are not sealed in this way: with a supertrait, the compiler reports the
/// supertrait's bound instead of the trait's own message. Their methods are hidden instead.
mod sealed {
    pub trait Sealed {}
    impl Sealed for bool {}
    impl Sealed for str {}
    impl Sealed for String {}
    impl<T: Sealed + ?Sized> Sealed for &T {}
}
