//! A future or a stream under another name, which a macro cannot see.
//!
//! A call of a function that returns a future begins when that is polled, so it is expanded in
//! another way. Where the return type is a name of the user's, `return_type::<T>().kind()` tells by its
//! type whether it is such a box, and the compiler refuses it by
//! [`PlainValue`](PlainValue).

use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;
use std::pin::Pin;

use futures_core::Stream;

/// Looks at a return type.
#[inline]
#[must_use]
pub const fn return_type<T: ?Sized>() -> ReturnType<T> {
    ReturnType(AnyReturnType(PhantomData))
}

/// A return type.
pub struct ReturnType<T: ?Sized>(AnyReturnType<T>);

/// Any return type.
pub struct AnyReturnType<T: ?Sized>(PhantomData<fn() -> *const T>);

impl<T: ?Sized> Deref for ReturnType<T> {
    type Target = AnyReturnType<T>;

    #[inline]
    fn deref(&self) -> &AnyReturnType<T> {
        &self.0
    }
}

impl<T: ?Sized> AnyReturnType<T> {
    /// A value, as far as this can tell.
    #[inline]
    #[must_use]
    pub const fn kind(&self) -> Value {
        Value
    }
}

macro_rules! boxes {
    ($(($($marker:tt)*))*) => {$(
        impl<T> ReturnType<Pin<Box<dyn Future<Output = T> + $($marker)* '_>>> {
            /// A future.
            #[must_use]
            pub const fn kind(&self) -> BoxedFuture {
                BoxedFuture
            }
        }

        impl<T> ReturnType<Pin<Box<dyn Stream<Item = T> + $($marker)* '_>>> {
            /// A stream.
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

/// What a function returns if its attribute says neither `future` nor `stream`.
#[diagnostic::on_unimplemented(
    message = "this function returns a future under another name",
    label = "a boxed future",
    note = "write `future` among the attribute's arguments, as in `#[tracked_reply(future)]`: a call then begins when the \
            future is polled"
)]
pub trait PlainValue: sealed::Sealed {
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
pub trait WholeReply: sealed::Sealed {
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

/// A supertrait that only this crate implements.
mod sealed {
    use super::{BoxedFuture, BoxedStream, Value};

    pub trait Sealed {}
    impl Sealed for Value {}
    impl Sealed for BoxedFuture {}
    impl Sealed for BoxedStream {}
}
