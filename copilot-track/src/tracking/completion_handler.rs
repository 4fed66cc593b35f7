//! How a tracked async function ends, by the type of its value.
//!
//! A closure for that would be an item of its own in each function, which costs a tenth of what
//! checking the function does. So the expansion names the type, and `CALL_SITE.output::<T>().outcome()` is
//! the method of [`OutputType`] where that is a `Result`, under whatever alias, and else that of
//! [`AnyOutputType`], one dereference later: as in [`seen`].
//!
//! [`seen`]: super::CallSite::inspect

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;

use crate::tracking::call_site::CallSite;
use crate::tracking::tracked_call::Completion;

/// What happens at the end of a call that gives a `T`.
pub trait CompletionHandler<T> {
    /// Something waits for the value.
    fn handle(self, output: &T, completion: Completion);
}

/// How the failure of a `T` is told.
pub trait DetectFailure<T> {
    /// The name of the error's type, if the value is an error.
    fn failure(output: &T) -> Option<&'static str>;
}

/// A `Result` can have failed.
#[derive(Debug)]
pub struct Fallible;

/// Nothing else can.
#[derive(Debug)]
pub struct Infallible;

impl<T, E> DetectFailure<Result<T, E>> for Fallible {
    #[inline]
    fn failure(output: &Result<T, E>) -> Option<&'static str> {
        output.is_err().then(std::any::type_name::<E>)
    }
}

impl<T> DetectFailure<T> for Infallible {
    #[inline]
    fn failure(_: &T) -> Option<&'static str> {
        None
    }
}

/// The call ends, with or without an error.
#[derive(Debug)]
pub struct OutcomeHandler<F>(PhantomData<F>);

/// The value is a reply, from which a function takes the text.
pub struct ReplyHandler<F, X>(PhantomData<F>, X);

/// Nothing waits: the call only has a scope.
#[derive(Debug)]
pub struct NoHandler;

/// A closure looks at the value.
pub struct ClosureHandler<C>(pub(super) C);

impl<T, F: DetectFailure<T>> CompletionHandler<T> for OutcomeHandler<F> {
    #[inline]
    fn handle(self, output: &T, completion: Completion) {
        completion.finish(F::failure(output));
    }
}

impl<T, F: DetectFailure<T>, X: FnOnce(&T) -> Option<Cow<'_, str>>> CompletionHandler<T>
    for ReplyHandler<F, X>
{
    #[inline]
    fn handle(self, output: &T, completion: Completion) {
        completion.finish_reply(F::failure(output), (self.1)(output));
    }
}

impl<T> CompletionHandler<T> for NoHandler {
    #[inline]
    fn handle(self, _: &T, _: Completion) {}
}

impl<T, C: FnOnce(&T, Completion)> CompletionHandler<T> for ClosureHandler<C> {
    #[inline]
    fn handle(self, output: &T, completion: Completion) {
        (self.0)(output, completion);
    }
}

/// The end of a function that gives a `T`.
pub struct OutputType<T>(AnyOutputType<T>);

/// The same, for any type.
pub struct AnyOutputType<T>(PhantomData<fn() -> T>);

impl CallSite {
    /// How a function ends that gives a `T`.
    #[inline]
    #[must_use]
    pub fn output<T>(&self) -> OutputType<T> {
        OutputType(AnyOutputType(PhantomData))
    }
}

impl<T> Deref for OutputType<T> {
    type Target = AnyOutputType<T>;

    #[inline]
    fn deref(&self) -> &AnyOutputType<T> {
        &self.0
    }
}

impl<T, E> OutputType<Result<T, E>> {
    /// With success or an error.
    #[inline]
    #[must_use]
    pub fn outcome(&self) -> OutcomeHandler<Fallible> {
        OutcomeHandler(PhantomData)
    }

    /// With a reply, from which a function takes the text, or an error.
    #[inline]
    pub fn reply_text<X>(&self, text: X) -> ReplyHandler<Fallible, X>
    where
        X: FnOnce(&Result<T, E>) -> Option<Cow<'_, str>>,
    {
        ReplyHandler(PhantomData, text)
    }
}

impl<T> AnyOutputType<T> {
    /// With success.
    #[inline]
    #[must_use]
    pub fn outcome(&self) -> OutcomeHandler<Infallible> {
        OutcomeHandler(PhantomData)
    }

    /// With a reply, from which a function takes the text.
    #[inline]
    pub fn reply_text<X>(&self, text: X) -> ReplyHandler<Infallible, X>
    where
        X: FnOnce(&T) -> Option<Cow<'_, str>>,
    {
        ReplyHandler(PhantomData, text)
    }
}

impl<T> fmt::Debug for OutputType<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OutputType")
    }
}

impl<T> fmt::Debug for AnyOutputType<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AnyOutputType")
    }
}

impl<F, X> fmt::Debug for ReplyHandler<F, X> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ReplyHandler")
    }
}

impl<C> fmt::Debug for ClosureHandler<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClosureHandler")
    }
}
