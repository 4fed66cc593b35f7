//! Detection of return types that are aliases of boxed futures and streams.
//!
//! A macro sees only the name of a return type, so it cannot tell whether an alias is a boxed
//! future or stream. The difference matters: a call that returns a future starts only when the
//! future is polled. For a name that the macro does not recognize, the generated code calls
//! `return_type::<T>().kind()`, which detects boxed futures and streams. The bounds [`PlainValue`]
//! and [`WholeReply`] then turn such an alias into a compile error.

use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;
use std::pin::Pin;

use futures_core::Stream;

/// Returns a value that represents the return type `T`.
#[inline]
#[must_use]
pub const fn return_type<T: ?Sized>() -> ReturnType<T> {
    ReturnType(AnyReturnType(PhantomData))
}

/// A return type, with methods for boxed futures and streams only. For any other type, method
/// resolution finds the method of [`AnyReturnType`].
pub struct ReturnType<T: ?Sized>(AnyReturnType<T>);

/// A return type, with a method for every type.
pub struct AnyReturnType<T: ?Sized>(PhantomData<fn() -> *const T>);

impl<T: ?Sized> Deref for ReturnType<T> {
    type Target = AnyReturnType<T>;

    #[inline]
    fn deref(&self) -> &AnyReturnType<T> {
        &self.0
    }
}

impl<T: ?Sized> AnyReturnType<T> {
    /// Returns the kind of a type that is not a boxed future or stream.
    #[inline]
    #[must_use]
    pub const fn kind(&self) -> Value {
        Value
    }
}

macro_rules! boxes {
    ($(($($marker:tt)*))*) => {$(
        impl<T> ReturnType<Pin<Box<dyn Future<Output = T> + $($marker)* '_>>> {
            /// Returns the kind of a boxed future.
            #[must_use]
            pub const fn kind(&self) -> BoxedFuture {
                BoxedFuture
            }
        }

        impl<T> ReturnType<Pin<Box<dyn Stream<Item = T> + $($marker)* '_>>> {
            /// Returns the kind of a boxed stream.
            #[must_use]
            pub const fn kind(&self) -> BoxedStream {
                BoxedStream
            }
        }
    )*};
}

boxes!(() (Send +) (Send + Sync +));

impl<T: ?Sized> fmt::Debug for ReturnType<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ReturnType")
    }
}

impl<T: ?Sized> fmt::Debug for AnyReturnType<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AnyReturnType")
    }
}

/// A kind of return type that an attribute accepts without the `future` argument.
#[diagnostic::on_unimplemented(
    message = "this return type is an alias of a boxed future",
    label = "this is a boxed future",
    note = "add the `future` argument to the attribute, as in `#[tracked_reply(future)]`: a call then starts when the future \
            is polled"
)]
pub trait PlainValue: sealed::Sealed {
    /// Does nothing. A call to this method checks the bound at compile time.
    #[doc(hidden)]
    fn accept(self);
}

/// A kind of return type that `#[tracked_reply]` accepts without the `stream` argument.
#[diagnostic::on_unimplemented(
    message = "this return type is an alias of a boxed stream",
    label = "this is a boxed stream",
    note = "write `#[tracked_reply(stream)]`: the message is then sent when the stream ends"
)]
pub trait WholeReply: sealed::Sealed {
    /// Does nothing. A call to this method checks the bound at compile time.
    #[doc(hidden)]
    fn accept(self);
}

/// The kind of a return type that is not a boxed future or stream.
#[doc(hidden)]
#[derive(Debug)]
pub struct Value;

/// The kind of a boxed future.
#[derive(Debug)]
#[non_exhaustive]
pub struct BoxedFuture;

/// The kind of a boxed stream.
#[derive(Debug)]
#[non_exhaustive]
pub struct BoxedStream;

impl PlainValue for Value {
    #[inline]
    fn accept(self) {}
}

// Only `#[tracked_reply]` needs the items of a stream. Its expansion also checks `WholeReply`.
#[diagnostic::do_not_recommend]
impl PlainValue for BoxedStream {
    #[inline]
    fn accept(self) {}
}

impl WholeReply for Value {
    #[inline]
    fn accept(self) {}
}

// The check for `PlainValue` already rejects this type.
#[diagnostic::do_not_recommend]
impl WholeReply for BoxedFuture {
    #[inline]
    fn accept(self) {}
}

/// A supertrait that only this crate implements.
mod sealed {
    use super::{BoxedFuture, BoxedStream, Value};

    pub trait Sealed {}
    impl Sealed for Value {}
    impl Sealed for BoxedFuture {}
    impl Sealed for BoxedStream {}
}
