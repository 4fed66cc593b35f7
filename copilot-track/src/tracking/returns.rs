//! A future or a stream under another name, which a macro cannot see.
//!
//! A call of a function that returns a future begins when that is polled, so it is expanded in
//! another way. Where the return type is a name of the user's, `returns::<T>().kind()` tells by its
//! type whether it is such a box, and the compiler refuses it by
//! [`PlainValue`](crate::args::argument::PlainValue).

use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;
use std::pin::Pin;

use futures_core::Stream;

use crate::args::argument::{BoxedFuture, BoxedStream, Value};

/// Looks at a return type.
#[inline]
#[must_use]
pub const fn returns<T: ?Sized>() -> Returns<T> {
    Returns(Anything(PhantomData))
}

/// A return type.
pub struct Returns<T: ?Sized>(Anything<T>);

/// Any return type.
pub struct Anything<T: ?Sized>(PhantomData<fn() -> *const T>);

impl<T: ?Sized> Deref for Returns<T> {
    type Target = Anything<T>;

    #[inline]
    fn deref(&self) -> &Anything<T> {
        &self.0
    }
}

impl<T: ?Sized> Anything<T> {
    /// A value, as far as this can tell.
    #[inline]
    #[must_use]
    pub const fn kind(&self) -> Value {
        Value
    }
}

macro_rules! boxes {
    ($(($($marker:tt)*))*) => {$(
        impl<T> Returns<Pin<Box<dyn Future<Output = T> + $($marker)* '_>>> {
            /// A future.
            #[must_use]
            pub const fn kind(&self) -> BoxedFuture {
                BoxedFuture
            }
        }

        impl<T> Returns<Pin<Box<dyn Stream<Item = T> + $($marker)* '_>>> {
            /// A stream.
            #[must_use]
            pub const fn kind(&self) -> BoxedStream {
                BoxedStream
            }
        }
    )*};
}

boxes!(() (Send +) (Send + Sync +));

impl<T: ?Sized> fmt::Debug for Returns<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Returns")
    }
}

impl<T: ?Sized> fmt::Debug for Anything<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Anything")
    }
}
