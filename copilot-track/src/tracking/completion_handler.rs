//! How a tracked async function ends, by the type of its value.
//!
//! A closure for that would be an item of its own in each function, which costs a tenth of what
//! checking the function does. So the expansion names the type, and `SITE.ending::<T>().ended()` is
//! the method of [`Ending`] where that is a `Result`, under whatever alias, and else that of
//! [`AnyEnding`], one dereference later: as in [`seen`].
//!
//! [`seen`]: super::Site::seen

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;

use crate::tracking::call_site::Site;
use crate::tracking::tracked_call::End;

/// What happens at the end of a call that gives a `T`.
pub trait Ends<T> {
    /// Something waits for the value.
    fn end(self, out: &T, end: End);
}

/// How the failure of a `T` is told.
pub trait Fails<T> {
    /// The name of the error's type, if the value is an error.
    fn failure(out: &T) -> Option<&'static str>;
}

/// A `Result` can have failed.
#[derive(Debug)]
pub struct Fallible;

/// Nothing else can.
#[derive(Debug)]
pub struct Infallible;

impl<T, E> Fails<Result<T, E>> for Fallible {
    #[inline]
    fn failure(out: &Result<T, E>) -> Option<&'static str> {
        out.is_err().then(std::any::type_name::<E>)
    }
}

impl<T> Fails<T> for Infallible {
    #[inline]
    fn failure(_: &T) -> Option<&'static str> {
        None
    }
}

/// The call ends, with or without an error.
#[derive(Debug)]
pub struct Ended<F>(PhantomData<F>);

/// The value is a reply, from which a function takes the text.
pub struct Said<F, X>(PhantomData<F>, X);

/// Nothing waits: the call only has a scope.
#[derive(Debug)]
pub struct Unwatched;

/// A closure looks at the value.
pub struct Looking<C>(pub(super) C);

impl<T, F: Fails<T>> Ends<T> for Ended<F> {
    #[inline]
    fn end(self, out: &T, end: End) {
        end.ended(F::failure(out));
    }
}

impl<T, F: Fails<T>, X: FnOnce(&T) -> Option<Cow<'_, str>>> Ends<T> for Said<F, X> {
    #[inline]
    fn end(self, out: &T, end: End) {
        end.said(F::failure(out), (self.1)(out));
    }
}

impl<T> Ends<T> for Unwatched {
    #[inline]
    fn end(self, _: &T, _: End) {}
}

impl<T, C: FnOnce(&T, End)> Ends<T> for Looking<C> {
    #[inline]
    fn end(self, out: &T, end: End) {
        (self.0)(out, end);
    }
}

/// The end of a function that gives a `T`.
pub struct Ending<T>(AnyEnding<T>);

/// The same, for any type.
pub struct AnyEnding<T>(PhantomData<fn() -> T>);

impl Site {
    /// How a function ends that gives a `T`.
    #[inline]
    #[must_use]
    pub fn ending<T>(&self) -> Ending<T> {
        Ending(AnyEnding(PhantomData))
    }
}

impl<T> Deref for Ending<T> {
    type Target = AnyEnding<T>;

    #[inline]
    fn deref(&self) -> &AnyEnding<T> {
        &self.0
    }
}

impl<T, E> Ending<Result<T, E>> {
    /// With success or an error.
    #[inline]
    #[must_use]
    pub fn ended(&self) -> Ended<Fallible> {
        Ended(PhantomData)
    }

    /// With a reply, from which a function takes the text, or an error.
    #[inline]
    pub fn said<X>(&self, text: X) -> Said<Fallible, X>
    where
        X: FnOnce(&Result<T, E>) -> Option<Cow<'_, str>>,
    {
        Said(PhantomData, text)
    }
}

impl<T> AnyEnding<T> {
    /// With success.
    #[inline]
    #[must_use]
    pub fn ended(&self) -> Ended<Infallible> {
        Ended(PhantomData)
    }

    /// With a reply, from which a function takes the text.
    #[inline]
    pub fn said<X>(&self, text: X) -> Said<Infallible, X>
    where
        X: FnOnce(&T) -> Option<Cow<'_, str>>,
    {
        Said(PhantomData, text)
    }
}

impl<T> fmt::Debug for Ending<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ending")
    }
}

impl<T> fmt::Debug for AnyEnding<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AnyEnding")
    }
}

impl<F, X> fmt::Debug for Said<F, X> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Said")
    }
}

impl<C> fmt::Debug for Looking<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Looking")
    }
}
