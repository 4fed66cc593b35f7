//! Detection of return types that are futures or streams.
//!
//! A macro sees only the name of a return type. The name may be an alias, and a well-known name may
//! belong to an unrelated type. Whether the type is a future matters, because a call that returns a
//! future starts only when the future is polled. The generated code therefore calls
//! `CALL_SITE.returned::<T>().kind()`. Method resolution selects the first method that exists for
//! `T`: that of [`Returned`] for a future that can be wrapped, that of [`MaybeFuture`] for any
//! other future, that of [`MaybeInner`] for such a future in a `Result` or an `Option`, that of
//! [`MaybeStream`] for a stream, and otherwise that of [`AnyReturned`].

use std::fmt;
use std::future::Ready;
use std::marker::PhantomData;
use std::ops::Deref;
use std::pin::Pin;

use futures_core::Stream;

use crate::tracking::call_site::CallSite;

/// A return type, with methods for futures that can be wrapped.
pub struct Returned<T>(MaybeFuture<T>);

/// A return type, with methods for all futures.
pub struct MaybeFuture<T>(MaybeInner<T>);

/// A return type, with methods for a `Result` and an `Option` of any future.
pub struct MaybeInner<T>(MaybeStream<T>);

/// A return type, with methods for streams.
pub struct MaybeStream<T>(AnyReturned<T>);

/// A return type, with methods for every type.
pub struct AnyReturned<T>(PhantomData<fn() -> T>);

impl CallSite {
    /// Returns a value that represents the type of a returned value.
    #[inline]
    #[must_use]
    pub const fn returned_value<T>(&self, _: &T) -> Returned<T> {
        self.returned()
    }

    /// Returns a value that represents the type of a part of a returned value. The function is
    /// never called.
    #[inline]
    #[must_use]
    pub const fn returned_part<T, P>(&self, _: &T, _: fn(&T) -> &P) -> Returned<P> {
        self.returned()
    }

    /// Returns a value that represents the return type of a function.
    #[inline]
    #[must_use]
    pub const fn returned<T>(&self) -> Returned<T> {
        Returned(MaybeFuture(MaybeInner(MaybeStream(AnyReturned(
            PhantomData,
        )))))
    }
}

macro_rules! layers {
    ($($outer:ident => $inner:ident)*) => {$(
        impl<T> Deref for $outer<T> {
            type Target = $inner<T>;

            #[inline]
            fn deref(&self) -> &$inner<T> {
                &self.0
            }
        }
    )*};
}

layers! {
    Returned => MaybeFuture
    MaybeFuture => MaybeInner
    MaybeInner => MaybeStream
    MaybeStream => AnyReturned
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        pub struct $name<T>(PhantomData<fn() -> T>);

        impl<T> fmt::Debug for $name<T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(stringify!($name))
            }
        }
    )*};
}

kinds! {
    /// The kind of a return type that is neither a future nor a stream.
    Value
    /// The kind of a return type that is a boxed future or a [`Ready`].
    BoxedFuture
    /// The kind of a return type that is any other future.
    OtherFuture
    /// The kind of a return type that is a stream.
    ValueStream
}

macro_rules! boxes {
    ($(($($marker:tt)*))*) => {$(
        boxes!(@kind Pin<Box<dyn Future<Output = T> + $($marker)* 'a>>);
        boxes!(@kind Box<dyn Future<Output = T> + $($marker)* 'a>);
        boxes!(@kind Box<dyn Future<Output = T> + Unpin + $($marker)* 'a>);
    )*};
    (@kind $future:ty) => {
        boxes!(@impl [] $future);
        boxes!(@impl [] Option<$future>);
        boxes!(@impl [, E] Result<$future, E>);
    };
    (@impl [$($error:tt)*] $future:ty) => {
        impl<'a, T $($error)*> Returned<$future> {
            /// Returns the kind of a future that can be wrapped.
            #[must_use]
            pub const fn kind(&self) -> BoxedFuture<$future> {
                BoxedFuture(PhantomData)
            }
        }
    };
}

boxes!(() (Send +) (Send + Sync +));

impl<T> Returned<Ready<T>> {
    /// Returns the kind of a future that can be wrapped.
    #[must_use]
    pub const fn kind(&self) -> BoxedFuture<Ready<T>> {
        BoxedFuture(PhantomData)
    }
}

impl<T: Future> MaybeFuture<T> {
    /// Returns the kind of a future that cannot be wrapped without changing its type.
    #[must_use]
    pub const fn kind(&self) -> OtherFuture<T> {
        OtherFuture(PhantomData)
    }
}

impl<F: Future> MaybeInner<Option<F>> {
    /// Returns the kind of a future that cannot be wrapped without changing its type.
    #[must_use]
    pub const fn kind(&self) -> OtherFuture<Option<F>> {
        OtherFuture(PhantomData)
    }
}

impl<F: Future, E> MaybeInner<Result<F, E>> {
    /// Returns the kind of a future that cannot be wrapped without changing its type.
    #[must_use]
    pub const fn kind(&self) -> OtherFuture<Result<F, E>> {
        OtherFuture(PhantomData)
    }
}

impl<T: Stream> MaybeStream<T> {
    /// Returns the kind of a stream.
    #[must_use]
    pub const fn kind(&self) -> ValueStream<T> {
        ValueStream(PhantomData)
    }
}

impl<T> AnyReturned<T> {
    /// Returns the kind of any other type.
    #[inline]
    #[must_use]
    pub const fn kind(&self) -> Value<T> {
        Value(PhantomData)
    }
}

/// A kind of return type that every attribute accepts.
#[diagnostic::on_unimplemented(
    message = "this return type is a future that the attribute cannot track",
    label = "this is a future, but not a boxed one",
    note = "a tracked future has another type than the future that it wraps: return `impl Future<Output = …>` or \
            `Pin<Box<dyn Future<Output = …> + Send>>` (also as an associated type), or make the function an `async fn`",
    note = "if the type must stay, annotate the async function that runs in the future instead"
)]
pub trait TrackedReturn: sealed::Sealed {
    /// Does nothing. A call to this method checks the bound at compile time.
    #[doc(hidden)]
    #[inline]
    fn accept(&self) {}
}

/// A kind of return type that an attribute accepts with the `future` argument.
#[diagnostic::on_unimplemented(
    message = "this return type is not a future that the attribute can track",
    label = "expected a boxed future",
    note = "remove the argument `future` if the function returns a value; otherwise, return `impl Future<Output = …>` or \
            `Pin<Box<dyn Future<Output = …> + Send>>` (also as an associated type)"
)]
pub trait FutureReturn: sealed::Sealed {
    /// Does nothing. A call to this method checks the bound at compile time.
    #[doc(hidden)]
    #[inline]
    fn accept(&self) {}
}

/// A kind of return type that `#[tracked_reply]` accepts without the `stream` argument.
#[diagnostic::on_unimplemented(
    message = "this return type is a stream",
    label = "this is a stream",
    note = "for an alias of a boxed stream, add the argument `stream` to the attribute: the message is then sent when the \
            stream ends",
    note = "for any other stream, return `impl Stream<Item = …>` or a boxed stream"
)]
pub trait WholeReply: sealed::Sealed {
    /// Does nothing. A call to this method checks the bound at compile time.
    #[doc(hidden)]
    #[inline]
    fn accept(&self) {}
}

/// A kind of return type that an attribute accepts with the `result(…)` argument.
#[diagnostic::on_unimplemented(
    message = "`result(…)` is not allowed on a function that returns a stream",
    label = "this is a stream, which has no value yet when the function returns",
    note = "use `properties(…)` for values that are known when the function is called, or send an event of your own \
            with `Turn::track` when the stream ends"
)]
pub trait WholeResult: sealed::Sealed {
    /// Does nothing. A call to this method checks the bound at compile time.
    #[doc(hidden)]
    #[inline]
    fn accept(&self) {}
}

/// A kind of type that can be a part of a returned value.
///
/// A future in a tuple, an array, or a `Vec` cannot be tracked, and it must not count as a finished
/// call:
///
/// ```compile_fail,E0277
/// # use std::{future::Future, pin::Pin};
/// #[copilot_track::tracked_tool(type = "Lookup", record(outcome))]
/// fn look_up() -> (Pin<Box<dyn Future<Output = u8>>>, u8) {
///     (Box::pin(async { 1 }), 2)
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "the returned value contains a future that the attribute cannot track",
    label = "this is a future",
    note = "return the future alone, or in a `Result` or an `Option` as `Pin<Box<dyn Future<Output = …> + Send>>`",
    note = "if the type must stay, annotate the async function that runs in the future instead"
)]
pub trait ReturnedPart: sealed::Sealed {
    /// Does nothing. A call to this method checks the bound at compile time.
    #[doc(hidden)]
    #[inline]
    fn accept(&self) {}
}

/// A kind of type that can be a part of the value that a function with `#[tracked_reply]` or
/// `#[tracked_turn]` returns.
///
/// A stream in a tuple, an array, or a `Vec` cannot be tracked, and it must not count as a finished
/// reply:
///
/// ```compile_fail,E0277
/// # use futures_util::stream::{self, Stream};
/// #[copilot_track::tracked_reply(body = |_| "text")]
/// fn answer() -> (impl Stream<Item = String>, u8) {
///     (stream::iter(["yes".to_owned()]), 2)
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "the returned value contains a stream that the attribute cannot track",
    label = "this is a stream",
    note = "return the stream alone, or in a `Result` or an `Option` as `impl Stream<Item = …>` or a boxed stream",
    note = "if the type must stay, annotate the function that makes the stream instead"
)]
pub trait ReplyPart: sealed::Sealed {
    /// Does nothing. A call to this method checks the bound at compile time.
    #[doc(hidden)]
    #[inline]
    fn accept(&self) {}
}

impl<T> ReturnedPart for Value<T> {}
impl<T> ReturnedPart for ValueStream<T> {}
impl<T> ReplyPart for Value<T> {}
// The check for `ReturnedPart` already rejects these types.
#[diagnostic::do_not_recommend]
impl<T> ReplyPart for BoxedFuture<T> {}
#[diagnostic::do_not_recommend]
impl<T> ReplyPart for OtherFuture<T> {}
impl<T> TrackedReturn for Value<T> {}
impl<T> TrackedReturn for ValueStream<T> {}
impl<T> TrackedReturn for BoxedFuture<T> {}
impl<T> FutureReturn for BoxedFuture<T> {}
impl<T> WholeResult for Value<T> {}
impl<T> WholeResult for BoxedFuture<T> {}
impl<T> WholeReply for Value<T> {}
impl<T> WholeReply for BoxedFuture<T> {}
// The check for `TrackedReturn` already rejects this type.
#[diagnostic::do_not_recommend]
impl<T> WholeReply for OtherFuture<T> {}
#[diagnostic::do_not_recommend]
impl<T> WholeResult for OtherFuture<T> {}

macro_rules! opaque_debug {
    ($($name:ident)*) => {$(
        impl<T> fmt::Debug for $name<T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(stringify!($name))
            }
        }
    )*};
}

opaque_debug!(Returned MaybeFuture MaybeInner MaybeStream AnyReturned);

/// A supertrait that only this crate implements.
mod sealed {
    use super::{BoxedFuture, OtherFuture, Value, ValueStream};

    pub trait Sealed {}
    impl<T> Sealed for Value<T> {}
    impl<T> Sealed for BoxedFuture<T> {}
    impl<T> Sealed for OtherFuture<T> {}
    impl<T> Sealed for ValueStream<T> {}
}
