//! Success or failure, read from the value that a function gave.
//!
//! A macro sees the name of a return type, which may be an alias. Method resolution sees the type:
//! `(&&Probe(&value)).failure()` finds [`Fallible`] where the value is a `Result`, and falls back to [`Infallible`] one
//! reference later.

use std::any::type_name;
use std::borrow::Cow;

/// A value that is looked at.
#[derive(Debug)]
pub struct Probe<'a, T: ?Sized>(pub &'a T);

/// A `Result`.
pub trait Fallible<'a> {
    /// What it holds when all went well.
    type Value: 'a;

    /// The name of the error's type, if it is an error.
    fn failure(&self) -> Option<&'static str>;

    /// What is inside `Ok`.
    fn success(&self) -> Option<&'a Self::Value>;
}

impl<'a, T, E> Fallible<'a> for &Probe<'a, Result<T, E>> {
    type Value = T;

    fn failure(&self) -> Option<&'static str> {
        self.0.is_err().then(type_name::<E>)
    }

    fn success(&self) -> Option<&'a T> {
        self.0.as_ref().ok()
    }
}

/// Any other value.
pub trait Infallible<'a> {
    /// The value's type.
    type Value: ?Sized + 'a;

    /// None.
    fn failure(&self) -> Option<&'static str>;

    /// The value.
    fn success(&self) -> Option<&'a Self::Value>;
}

impl<'a, T: ?Sized> Infallible<'a> for Probe<'a, T> {
    type Value = T;

    fn failure(&self) -> Option<&'static str> {
        None
    }

    fn success(&self) -> Option<&'a T> {
        Some(self.0)
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

#[cfg(test)]
#[allow(clippy::needless_borrow, reason = "as expanded code calls it")]
mod tests {
    use super::*;

    type Alias = Result<u8, std::fmt::Error>;

    #[test]
    fn a_result_is_seen_through_its_alias() {
        let (good, bad, plain): (Alias, Alias, u8) = (Ok(1), Err(std::fmt::Error), 2);
        assert_eq!((&&Probe(&good)).failure(), None);
        assert_eq!((&&Probe(&bad)).failure(), Some("core::fmt::Error"));
        assert_eq!((&&Probe(&plain)).failure(), None);
        assert_eq!((&&Probe(&good)).success(), Some(&1));
        assert_eq!((&&Probe(&bad)).success(), None);
        assert_eq!((&&Probe(&plain)).success(), Some(&2));
    }
}
