//! The futures that a function can return as `impl Future`.

use std::any::type_name;

use crate::tracking::completion_handler::{CompletionHandler, OutputType};
use crate::tracking::returned_call::StartingFuture;
use crate::tracking::shared_future::SharedFuture;
use crate::tracking::tracked_call::TrackedCall;
use crate::tracking::tracked_future::TrackedFuture;

/// The value of a function whose return type is written as `impl Future`.
///
/// The function returns a tracked future, which implements `Debug`, `FusedFuture`, `Unpin`, `Send`,
/// and `Sync` if the future of the function does. It implements `Clone` if the return type is
/// written as `impl Future<…> + Clone`.
///
/// The name of a trait does not make a value a future:
///
/// ```compile_fail,E0277
/// trait FusedFuture {}
/// impl FusedFuture for u8 {}
///
/// #[copilot_track::tracked_tool(type = "Lookup", record(outcome))]
/// fn look_up() -> impl FusedFuture {
///     1u8
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a future",
    label = "the function returns a `{Self}`, which does not implement `std::future::Future`",
    note = "an attribute takes an `impl` of a trait named `Future`, `FusedFuture`, `TryFuture`, or `IntoFuture` for a future",
    note = "if the trait is another one, import it under another name: `use path::Future as …`"
)]
pub trait ReturnedFuture: Sized {
    /// The output of the future.
    type Output;

    /// Returns a value that represents the type of the output.
    #[doc(hidden)]
    fn output_type(&self) -> OutputType<Self::Output>;

    /// Returns the tracked future.
    #[doc(hidden)]
    fn track<S, H>(self, start: S, handler: H) -> TrackedFuture<StartingFuture<Self, S>, H>
    where
        S: FnOnce() -> TrackedCall,
        H: CompletionHandler<Self::Output>;

    /// Returns a tracked future that can be cloned.
    #[doc(hidden)]
    fn track_shared<S, H>(self, start: S, handler: H) -> SharedFuture<Self, S, H>
    where
        S: FnOnce() -> TrackedCall,
        H: CompletionHandler<Self::Output>;
}

#[diagnostic::do_not_recommend]
impl<F: Future> ReturnedFuture for F {
    type Output = F::Output;

    fn output_type(&self) -> OutputType<F::Output> {
        OutputType::new()
    }

    fn track<S, H>(self, start: S, handler: H) -> TrackedFuture<StartingFuture<F, S>, H>
    where
        S: FnOnce() -> TrackedCall,
        H: CompletionHandler<F::Output>,
    {
        TrackedFuture::new(StartingFuture::new(self, start), handler)
    }

    fn track_shared<S, H>(self, start: S, handler: H) -> SharedFuture<F, S, H>
    where
        S: FnOnce() -> TrackedCall,
        H: CompletionHandler<F::Output>,
    {
        SharedFuture::new(self, start, handler)
    }
}

/// The value of a function whose return type is written as `Result<impl Future, E>` or
/// `Option<impl Future>`.
///
/// If there is no future, the call completes when the function returns.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a `Result` or an `Option` of a future",
    label = "expected a `Result` or an `Option` of a future"
)]
pub trait FallibleFuture: Sized {
    /// The output of the future.
    type Output;

    /// The tracked value.
    #[doc(hidden)]
    type Tracked<S, H>;

    /// The tracked value that can be cloned.
    #[doc(hidden)]
    type Shared<S, H>;

    /// Returns a value that represents the type of the output.
    #[doc(hidden)]
    fn output_type(&self) -> OutputType<Self::Output>;

    /// Returns the tracked future, or completes the call.
    #[doc(hidden)]
    fn track<S, H>(self, start: S, handler: H) -> Self::Tracked<S, H>
    where
        S: FnOnce() -> TrackedCall,
        H: CompletionHandler<Self::Output>;

    /// Returns a tracked future that can be cloned, or completes the call.
    #[doc(hidden)]
    fn track_shared<S, H>(self, start: S, handler: H) -> Self::Shared<S, H>
    where
        S: FnOnce() -> TrackedCall,
        H: CompletionHandler<Self::Output>;
}

impl<F: Future, E> FallibleFuture for Result<F, E> {
    type Output = F::Output;
    type Tracked<S, H> = Result<TrackedFuture<StartingFuture<F, S>, H>, E>;
    type Shared<S, H> = Result<SharedFuture<F, S, H>, E>;

    fn output_type(&self) -> OutputType<F::Output> {
        OutputType::new()
    }

    fn track<S, H>(self, start: S, handler: H) -> Self::Tracked<S, H>
    where
        S: FnOnce() -> TrackedCall,
        H: CompletionHandler<F::Output>,
    {
        match self {
            Ok(future) => Ok(future.track(start, handler)),
            Err(error) => {
                start().finish(Some(type_name::<E>()));
                Err(error)
            }
        }
    }

    fn track_shared<S, H>(self, start: S, handler: H) -> Self::Shared<S, H>
    where
        S: FnOnce() -> TrackedCall,
        H: CompletionHandler<F::Output>,
    {
        match self {
            Ok(future) => Ok(future.track_shared(start, handler)),
            Err(error) => {
                start().finish(Some(type_name::<E>()));
                Err(error)
            }
        }
    }
}

impl<F: Future> FallibleFuture for Option<F> {
    type Output = F::Output;
    type Tracked<S, H> = Option<TrackedFuture<StartingFuture<F, S>, H>>;
    type Shared<S, H> = Option<SharedFuture<F, S, H>>;

    fn output_type(&self) -> OutputType<F::Output> {
        OutputType::new()
    }

    fn track<S, H>(self, start: S, handler: H) -> Self::Tracked<S, H>
    where
        S: FnOnce() -> TrackedCall,
        H: CompletionHandler<F::Output>,
    {
        let Some(future) = self else {
            start().finish(None);
            return None;
        };
        Some(future.track(start, handler))
    }

    fn track_shared<S, H>(self, start: S, handler: H) -> Self::Shared<S, H>
    where
        S: FnOnce() -> TrackedCall,
        H: CompletionHandler<F::Output>,
    {
        let Some(future) = self else {
            start().finish(None);
            return None;
        };
        Some(future.track_shared(start, handler))
    }
}
