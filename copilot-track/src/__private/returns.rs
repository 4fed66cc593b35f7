//! A future or a stream under another name, which a macro cannot see.
//!
//! A call of a function that returns a future begins when that is polled, so it is expanded in another way. Where the
//! return type is a name of the user's, `returns::<T>().is_a_value()` is a compile error if it is such a box.

use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;
use std::pin::Pin;

use futures_core::Stream;

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
    /// It is one, as far as this can tell.
    #[inline]
    pub const fn is_a_value(&self) {}

    /// It is none, as far as this can tell.
    #[inline]
    pub const fn is_no_stream(&self) {}
}

/// No future has it.
#[diagnostic::on_unimplemented(
    message = "this function returns a future under another name",
    label = "a boxed future",
    note = "write `future` among the attribute's arguments, as in `#[tracked_reply(future)]`: a call then begins when the \
            future is polled"
)]
pub trait PlainValue {}

/// No stream has it.
#[diagnostic::on_unimplemented(
    message = "this function returns a stream under another name",
    label = "a boxed stream",
    note = "write `#[tracked_reply(stream)]`: the message then is sent when the stream has ended"
)]
pub trait WholeReply {}

macro_rules! boxes {
    ($(($($marker:tt)*))*) => {$(
        impl<T> Returns<Pin<Box<dyn Future<Output = T> + $($marker)* '_>>> {
            /// It is a future.
            pub fn is_a_value(&self)
            where
                Self: PlainValue,
            {
            }
        }

        impl<T> Returns<Pin<Box<dyn Stream<Item = T> + $($marker)* '_>>> {
            /// It is a stream.
            pub fn is_no_stream(&self)
            where
                Self: WholeReply,
            {
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
