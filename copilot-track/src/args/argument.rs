//! What the arguments of the attributes may be, and what a function may return.
//!
//! Nobody has to name these traits but where a function is generic over one: they are here to be
//! looked up, as the compiler names them where something else is given.

use std::borrow::Cow;
use std::fmt::Display;

use serde::Serialize;

use crate::event::extras::Json;
use crate::event::role::Role;
use crate::event::spec::Rating;
use crate::tracking::stream::{Gathered, Streamed};

#[doc(no_inline)]
pub use crate::IntoMessageId;

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
    fn to_json(&self) -> Json;
}

#[diagnostic::do_not_recommend]
impl<T: Serialize + ?Sized> IntoProperty for T {
    fn to_json(&self) -> Json {
        Json::of(self)
    }
}

/// What `record(outcome = …)` may give: whether all went well, or a word for how it went.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an outcome",
    label = "expected `true` for success, `false` for failure, or a text",
    note = "write `record(outcome = |out| out.is_done())`, or give a word of your own as `&str` or `String`"
)]
pub trait Outcome {
    /// The outcome in one word.
    #[doc(hidden)]
    fn outcome(&self) -> Cow<'static, str>;
}

impl Outcome for bool {
    fn outcome(&self) -> Cow<'static, str> {
        Cow::Borrowed(if *self { "ok" } else { "error" })
    }
}

impl Outcome for str {
    fn outcome(&self) -> Cow<'static, str> {
        Cow::Owned(self.to_owned())
    }
}

impl Outcome for String {
    fn outcome(&self) -> Cow<'static, str> {
        Cow::Owned(self.clone())
    }
}

impl<T: Outcome + ?Sized> Outcome for &T {
    fn outcome(&self) -> Cow<'static, str> {
        (**self).outcome()
    }
}

/// What a function under `#[tracked_reply(stream)]` may return: a boxed stream, or one in a
/// `Result` or an `Option`. The tracked stream comes back in the same kind of box.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a stream that can be tracked in place",
    label = "expected `Pin<Box<dyn Stream<Item = …>>>`, `BoxStream` or `LocalBoxStream`",
    note = "return `impl Stream<Item = …>`, or a boxed stream: a tracked stream is another type than the one it wraps"
)]
pub trait BoxedReply<X>: Sized
where
    X: FnMut(&Self::Item, &mut Gathered),
{
    /// What the stream yields.
    type Item;

    /// The tracked stream.
    #[doc(hidden)]
    #[must_use]
    fn rebox(self, reply: Streamed, text: X) -> Self;
}

/// What a function returns if its attribute says neither `future` nor `stream`.
#[diagnostic::on_unimplemented(
    message = "this function returns a future under another name",
    label = "a boxed future",
    note = "write `future` among the attribute's arguments, as in `#[tracked_reply(future)]`: a call then begins when the \
            future is polled"
)]
pub trait PlainValue {
    /// Says so to the compiler.
    #[doc(hidden)]
    fn accept(self);
}

/// What a function returns if its `#[tracked_reply]` does not say `stream`.
#[diagnostic::on_unimplemented(
    message = "this function returns a stream under another name",
    label = "a boxed stream",
    note = "write `#[tracked_reply(stream)]`: the message then is sent when the stream has ended"
)]
pub trait WholeReply {
    /// Says so to the compiler.
    #[doc(hidden)]
    fn accept(self);
}

/// A function returns something else.
#[doc(hidden)]
#[derive(Debug)]
pub struct Value;

/// A function returns a boxed future.
#[derive(Debug)]
#[non_exhaustive]
pub struct BoxedFuture;

/// A function returns a boxed stream.
#[derive(Debug)]
#[non_exhaustive]
pub struct BoxedStream;

impl PlainValue for Value {
    #[inline]
    fn accept(self) {}
}

/// Its items are not looked at.
#[diagnostic::do_not_recommend]
impl PlainValue for BoxedStream {
    #[inline]
    fn accept(self) {}
}

impl WholeReply for Value {
    #[inline]
    fn accept(self) {}
}

/// [`PlainValue`] refuses it.
#[diagnostic::do_not_recommend]
impl WholeReply for BoxedFuture {
    #[inline]
    fn accept(self) {}
}
