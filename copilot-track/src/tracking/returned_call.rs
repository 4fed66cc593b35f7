//! Calls to functions whose return type may be a future.
//!
//! The kind of the return type decides when the call starts. For [`BoxedFuture`], arguments are
//! evaluated before the body. The call starts when a boxed future is first polled, or when a
//! function that returns [`Ready`] returns. For any other kind, arguments are evaluated when they
//! are needed, and the call starts before the body.

use std::any::type_name;
use std::fmt;
use std::future::Ready;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::future::FusedFuture;
use pin_project_lite::pin_project;

use crate::conversation::current::Entered;
use crate::tracking::call_site::CallSite;
use crate::tracking::completion_handler::{
    ClosureHandler, CompletionHandler, NoHandler, OutputType,
};
use crate::tracking::return_type::{BoxedFuture, OtherFuture, Value, ValueStream};
use crate::tracking::tracked_call::{Completion, TrackedCall};
use crate::tracking::tracked_future::TrackedFuture;

impl CallSite {
    /// Returns a call that has no event and no scope.
    pub fn untracked(&self) -> TrackedCall {
        TrackedCall::nothing()
    }

    /// Returns a handler that does nothing.
    #[must_use]
    pub fn no_handler(&self) -> NoHandler {
        NoHandler
    }
}

/// An argument that is evaluated when it is needed.
pub struct Lazy<C>(C);

impl<E, C: FnOnce() -> E> Lazy<C> {
    /// Evaluates the argument.
    #[inline]
    pub fn get(self) -> E {
        (self.0)()
    }
}

/// An argument that has been evaluated.
#[derive(Debug)]
pub struct Prepared<E>(E);

impl<E> Prepared<E> {
    /// Returns the argument.
    #[inline]
    pub fn get(self) -> E {
        self.0
    }
}

macro_rules! value_kinds {
    ($($kind:ident)*) => {$(
        impl<T> $kind<T> {
            /// Returns an argument that is evaluated when it is needed.
            #[inline]
            pub fn prepare<E, C: FnOnce() -> E>(&self, expression: C) -> Lazy<C> {
                Lazy(expression)
            }

            /// Starts the call.
            #[inline]
            pub fn start(&self, start: impl FnOnce() -> TrackedCall) -> TrackedCall {
                start()
            }

            /// Returns a value that represents the type of the output.
            #[must_use]
            pub fn output(&self) -> OutputType<T> {
                OutputType::new()
            }

            /// Completes the call and returns the output.
            pub fn finish(
                &self,
                call: TrackedCall,
                output: T,
                handler: impl CompletionHandler<T>,
            ) -> T {
                call.complete_with(&output, |output, completion| {
                    handler.handle(output, completion);
                });
                output
            }

            /// Completes the call with a closure and returns the output.
            #[inline]
            pub fn finish_with(
                &self,
                call: TrackedCall,
                output: T,
                complete: impl FnOnce(&T, Completion),
            ) -> T {
                call.complete_with(&output, complete);
                output
            }
        }
    )*};
}

value_kinds!(Value ValueStream OtherFuture);

impl<T> BoxedFuture<T> {
    /// Evaluates an argument.
    #[inline]
    pub fn prepare<E>(&self, expression: impl FnOnce() -> E) -> Prepared<E> {
        Prepared(expression())
    }

    /// Returns a call that starts when the future is first polled.
    #[inline]
    pub fn start<S: FnOnce() -> TrackedCall>(&self, start: S) -> DeferredCall<S> {
        DeferredCall(start)
    }
}

impl<T: FutureOutput> BoxedFuture<T> {
    /// Returns a value that represents the type of the future's output.
    #[must_use]
    pub fn output(&self) -> OutputType<T::Output> {
        OutputType::new()
    }

    /// Returns the tracked future.
    pub fn finish<S, H>(&self, call: DeferredCall<S>, future: T, handler: H) -> T
    where
        T: WrapFuture<S, H>,
    {
        future.wrap(call.0, handler)
    }

    /// Returns the tracked future. A closure completes the call.
    pub fn finish_with<S, C>(&self, call: DeferredCall<S>, future: T, complete: C) -> T
    where
        C: FnOnce(&T::Output, Completion),
        T: WrapFuture<S, ClosureHandler<C>>,
    {
        future.wrap(call.0, ClosureHandler(complete))
    }
}

/// A call that starts when the future is first polled.
pub struct DeferredCall<S>(S);

impl<S> DeferredCall<S> {
    /// Returns `None`, because the function that creates the future does not run in the scope.
    #[must_use]
    pub fn enter(&self) -> Option<Entered> {
        None
    }
}

/// A future whose output type is known. A `Box<dyn Future>` without `Unpin` implements this trait,
/// although it does not implement [`Future`].
pub trait FutureOutput {
    /// The output of the future.
    type Output;
}

/// A future that can be wrapped without changing its type.
pub trait WrapFuture<S, H> {
    /// Wraps the future.
    #[must_use]
    fn wrap(self, start: S, handler: H) -> Self;
}

macro_rules! boxes {
    ($(($($marker:tt)*))*) => {$(
        impl<'a, T> FutureOutput for Pin<Box<dyn Future<Output = T> + $($marker)* 'a>> {
            type Output = T;
        }

        impl<'a, T> FutureOutput for Box<dyn Future<Output = T> + $($marker)* 'a> {
            type Output = T;
        }

        impl<'a, T> FutureOutput for Box<dyn Future<Output = T> + Unpin + $($marker)* 'a> {
            type Output = T;
        }

        impl<'a, T: 'a, S, H> WrapFuture<S, H> for Pin<Box<dyn Future<Output = T> + $($marker)* 'a>>
        where
            S: FnOnce() -> TrackedCall + $($marker)* 'a,
            H: CompletionHandler<T> + $($marker)* 'a,
        {
            fn wrap(self, start: S, handler: H) -> Self {
                Box::pin(TrackedFuture::new(StartingFuture::new(self, start), handler))
            }
        }

        impl<'a, T: 'a, S, H> WrapFuture<S, H> for Box<dyn Future<Output = T> + $($marker)* 'a>
        where
            S: FnOnce() -> TrackedCall + $($marker)* 'a,
            H: CompletionHandler<T> + $($marker)* 'a,
        {
            fn wrap(self, start: S, handler: H) -> Self {
                let future = Box::into_pin(self);
                Box::new(TrackedFuture::new(StartingFuture::new(future, start), handler))
            }
        }

        impl<'a, T: 'a, S, H> WrapFuture<S, H>
            for Box<dyn Future<Output = T> + Unpin + $($marker)* 'a>
        where
            S: FnOnce() -> TrackedCall + $($marker)* 'a,
            H: CompletionHandler<T> + $($marker)* 'a,
        {
            fn wrap(self, start: S, handler: H) -> Self {
                let future = TrackedFuture::new(StartingFuture::new(self, start), handler);
                Box::new(Box::pin(future))
            }
        }
    )*};
}

boxes!(() (Send +) (Send + Sync +));

impl<T> FutureOutput for Ready<T> {
    type Output = T;
}

/// The output already exists, so the call starts and completes at once.
impl<T, S, H> WrapFuture<S, H> for Ready<T>
where
    S: FnOnce() -> TrackedCall,
    H: CompletionHandler<T>,
{
    fn wrap(self, start: S, handler: H) -> Self {
        let output = self.into_inner();
        start().complete_with(&output, |output, completion| {
            handler.handle(output, completion);
        });
        std::future::ready(output)
    }
}

impl<F: FutureOutput> FutureOutput for Option<F> {
    type Output = F::Output;
}

impl<F: FutureOutput, E> FutureOutput for Result<F, E> {
    type Output = F::Output;
}

/// Without a future, the call starts and completes at once.
impl<F, S, H> WrapFuture<S, H> for Option<F>
where
    F: WrapFuture<S, H>,
    S: FnOnce() -> TrackedCall,
{
    fn wrap(self, start: S, handler: H) -> Self {
        let Some(future) = self else {
            start().finish(None);
            return None;
        };
        Some(future.wrap(start, handler))
    }
}

/// An error completes the call at once.
impl<F, E, S, H> WrapFuture<S, H> for Result<F, E>
where
    F: WrapFuture<S, H>,
    S: FnOnce() -> TrackedCall,
{
    fn wrap(self, start: S, handler: H) -> Self {
        match self {
            Ok(future) => Ok(future.wrap(start, handler)),
            Err(error) => {
                start().finish(Some(type_name::<E>()));
                Err(error)
            }
        }
    }
}

pin_project! {
    /// A future that starts its call when it is first polled.
    #[must_use = "futures do nothing unless you `.await` or poll them"]
    pub struct StartingFuture<F, S> {
        #[pin]
        future: F,
        start: Option<S>,
    }
}

impl<F, S> StartingFuture<F, S> {
    pub(crate) fn new(future: F, start: S) -> Self {
        Self {
            future,
            start: Some(start),
        }
    }
}

impl<F: Future, S: FnOnce() -> TrackedCall> Future for StartingFuture<F, S> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        if let Some(start) = this.start.take() {
            start().start();
        }
        this.future.poll(context)
    }
}

impl<F: FusedFuture, S: FnOnce() -> TrackedCall> FusedFuture for StartingFuture<F, S> {
    fn is_terminated(&self) -> bool {
        self.future.is_terminated()
    }
}

impl<C> fmt::Debug for Lazy<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Lazy")
    }
}

impl<S> fmt::Debug for DeferredCall<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DeferredCall")
    }
}

impl<F, S> fmt::Debug for StartingFuture<F, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StartingFuture").finish_non_exhaustive()
    }
}
