//! Return types that are aliases of boxed futures and streams.
//!
//! A macro sees only the name of a return type, so it cannot tell whether an alias stands for a
//! boxed future or stream. It must know, because a call that returns a future starts when the
//! future is polled. For a name that the macro does not recognize, `return_type::<T>().kind()`
//! detects such an alias, and [`PlainValue`] and [`WholeReply`] turn it into a compile error.

use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;
use std::pin::Pin;

use futures_core::Stream;

/// Names a return type.
#[inline]
#[must_use]
pub const fn return_type<T: ?Sized>() -> ReturnType<T> {
    ReturnType(AnyReturnType(PhantomData))
}

/// A return type; finds the kind of a boxed future or stream.
pub struct ReturnType<T: ?Sized>(AnyReturnType<T>);

/// A return type; finds the kind of any other type.
pub struct AnyReturnType<T: ?Sized>(PhantomData<fn() -> *const T>);

impl<T: ?Sized> Deref for ReturnType<T> {
    type Target = AnyReturnType<T>;

    #[inline]
    fn deref(&self) -> &AnyReturnType<T> {
        &self.0
    }
}

impl<T: ?Sized> AnyReturnType<T> {
    /// Returns the kind of any other value.
    #[inline]
    #[must_use]
    pub const fn kind(&self) -> Value {
        Value
    }
}

macro_rules! boxes {
    ($(($($marker:tt)*))*) => {$(
        impl<T> ReturnType<Pin<Box<dyn Future<Output = T> + $($marker)* '_>>> {
            /// Returns the kind of a future.
            #[must_use]
            pub const fn kind(&self) -> BoxedFuture {
                BoxedFuture
            }
        }

        impl<T> ReturnType<Pin<Box<dyn Stream<Item = T> + $($marker)* '_>>> {
            /// Returns the kind of a stream.
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

/// The kind of return type of a function whose attribute has no `future` argument.
#[diagnostic::on_unimplemented(
    message = "this return type is an alias of a boxed future",
    label = "this is a boxed future",
    note = "add the argument `future` to the attribute, as in `#[tracked_reply(future)]`: a call then starts when the future \
            is polled"
)]
pub trait PlainValue: sealed::Sealed {
    /// Checks the bound.
    #[doc(hidden)]
    fn accept(self);
}

/// The kind of return type of a function whose `#[tracked_reply]` has no `stream` argument.
#[diagnostic::on_unimplemented(
    message = "this return type is an alias of a boxed stream",
    label = "this is a boxed stream",
    note = "write `#[tracked_reply(stream)]`: the message is then sent when the stream ends"
)]
pub trait WholeReply: sealed::Sealed {
    /// Checks the bound.
    #[doc(hidden)]
    fn accept(self);
}

/// Any other return type.
#[doc(hidden)]
#[derive(Debug)]
pub struct Value;

/// An alias of a boxed future.
#[derive(Debug)]
#[non_exhaustive]
pub struct BoxedFuture;

/// An alias of a boxed stream.
#[derive(Debug)]
#[non_exhaustive]
pub struct BoxedStream;

impl PlainValue for Value {
    #[inline]
    fn accept(self) {}
}

// Only `#[tracked_reply]` needs the items of a stream. `WholeReply` is its check.
#[diagnostic::do_not_recommend]
impl PlainValue for BoxedStream {
    #[inline]
    fn accept(self) {}
}

impl WholeReply for Value {
    #[inline]
    fn accept(self) {}
}

// `PlainValue` rejects this type.
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
