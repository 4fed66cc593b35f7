//! Handlers that run when a tracked async function returns, selected by the type of its output.
//!
//! An expansion contains `CALL_SITE.output::<T>().outcome()`. If `T` is a `Result`, or an alias of
//! one, method resolution finds the method of [`OutputType`]. Otherwise, it dereferences to
//! [`AnyOutputType`] and finds the method there. A closure could do the same, but the compiler
//! would then take about 10% longer to check the function.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;

use crate::tracking::call_site::CallSite;
use crate::tracking::tracked_call::Completion;

/// A handler that runs when a call returns a `T`.
pub trait CompletionHandler<T> {
    /// Completes the call.
    fn handle(self, output: &T, completion: Completion);
}

/// Failure detection for values of type `T`.
pub trait DetectFailure<T> {
    /// Returns the name of the error's type if `output` is an error.
    fn failure(output: &T) -> Option<&'static str>;
}

/// Failure detection for a `Result`.
#[derive(Debug)]
pub struct Fallible;

/// Failure detection for any other type, whose values are never errors.
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

/// A handler that completes the call with its outcome.
#[derive(Debug)]
pub struct OutcomeHandler<F>(PhantomData<F>);

/// A handler that completes a reply with the text that a function extracts from the output.
pub struct ReplyHandler<F, X>(PhantomData<F>, X);

/// A handler that does nothing, for calls that have only a scope.
#[derive(Debug)]
pub struct NoHandler;

/// A handler that passes the output to a closure.
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
        completion.finish_reply_of(F::failure(output), output, self.1);
    }
}

impl<T> CompletionHandler<T> for NoHandler {
    #[inline]
    fn handle(self, _: &T, _: Completion) {}
}

impl<T, C: FnOnce(&T, Completion)> CompletionHandler<T> for ClosureHandler<C> {
    #[inline]
    fn handle(self, output: &T, completion: Completion) {
        completion.complete_contained(|completion| (self.0)(output, completion));
    }
}

/// The output type of a function, with methods for a `Result` only.
pub struct OutputType<T>(AnyOutputType<T>);

/// The output type of a function, with methods for every type.
pub struct AnyOutputType<T>(PhantomData<fn() -> T>);

impl CallSite {
    /// Returns a value that represents the output type of a function.
    #[inline]
    #[must_use]
    pub fn output<T>(&self) -> OutputType<T> {
        OutputType::new()
    }
}

impl<T> OutputType<T> {
    /// Returns a handler that passes the output to a closure.
    pub fn inspect<C: FnOnce(&T, Completion)>(&self, closure: C) -> ClosureHandler<C> {
        ClosureHandler(closure)
    }

    pub(crate) fn new() -> Self {
        Self(AnyOutputType(PhantomData))
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
    /// Returns a handler that reports success or an error.
    #[inline]
    #[must_use]
    pub fn outcome(&self) -> OutcomeHandler<Fallible> {
        OutcomeHandler(PhantomData)
    }

    /// Returns a handler that reports the text of a reply, or an error.
    #[inline]
    pub fn reply_text<X>(&self, text: X) -> ReplyHandler<Fallible, X>
    where
        X: FnOnce(&Result<T, E>) -> Option<Cow<'_, str>>,
    {
        ReplyHandler(PhantomData, text)
    }
}

impl<T> AnyOutputType<T> {
    /// Returns a handler that reports success.
    #[inline]
    #[must_use]
    pub fn outcome(&self) -> OutcomeHandler<Infallible> {
        OutcomeHandler(PhantomData)
    }

    /// Returns a handler that reports the text of a reply.
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
