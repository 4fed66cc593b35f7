//! The boxed streams that a tracked reply can return.

use std::pin::Pin;

use futures_core::Stream;

use crate::tracking::streamed_text::StreamedText;
use crate::tracking::tracked_stream::StreamedReply;

/// The return type of a function with `#[tracked_reply(stream)]`: a boxed stream, or a `Result` or
/// an `Option` of a boxed stream.
///
/// The function returns the tracked stream in the same kind of box.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a boxed stream",
    label = "expected `Pin<Box<dyn Stream<Item = …>>>`, `BoxStream` or `LocalBoxStream`",
    note = "return `impl Stream<Item = …>` or a boxed stream, because a tracked stream and the stream that it wraps have \
            different types"
)]
pub trait BoxedReply<X>: Sized + sealed::Sealed
where
    X: FnMut(&Self::Item, &mut StreamedText),
{
    /// The type of the stream's items.
    type Item;

    /// Wraps the stream in a tracked stream.
    #[doc(hidden)]
    #[must_use]
    fn rebox(self, reply: StreamedReply, text: X) -> Self;
}

macro_rules! boxes {
    ($(($($marker:tt)*))*) => {$(
        impl<'a, T: 'a> sealed::Sealed for Pin<Box<dyn Stream<Item = T> + $($marker)* 'a>> {}
        impl<'a, T: 'a> sealed::Sealed for Box<dyn Stream<Item = T> + $($marker)* Unpin + 'a> {}

        impl<'a, T: 'a, X> BoxedReply<X> for Pin<Box<dyn Stream<Item = T> + $($marker)* 'a>>
        where
            X: FnMut(&T, &mut StreamedText) + $($marker)* 'a,
        {
            type Item = T;

            fn rebox(self, reply: StreamedReply, text: X) -> Self {
                Box::pin(reply.wrap(self, text))
            }
        }

        impl<'a, T: 'a, X> BoxedReply<X> for Box<dyn Stream<Item = T> + $($marker)* Unpin + 'a>
        where
            X: FnMut(&T, &mut StreamedText) + $($marker)* 'a,
        {
            type Item = T;

            fn rebox(self, reply: StreamedReply, text: X) -> Self {
                Box::new(reply.wrap(self, text))
            }
        }
    )*};
}

boxes!(() (Send +) (Send + Sync +));

impl<S, E, X> BoxedReply<X> for Result<S, E>
where
    S: BoxedReply<X>,
    X: FnMut(&S::Item, &mut StreamedText),
{
    type Item = S::Item;

    fn rebox(self, reply: StreamedReply, text: X) -> Self {
        self.map(|stream| stream.rebox(reply, text))
    }
}

impl<S, X> BoxedReply<X> for Option<S>
where
    S: BoxedReply<X>,
    X: FnMut(&S::Item, &mut StreamedText),
{
    type Item = S::Item;

    fn rebox(self, reply: StreamedReply, text: X) -> Self {
        self.map(|stream| stream.rebox(reply, text))
    }
}

/// A supertrait that only this crate implements.
mod sealed {
    pub trait Sealed {}
    impl<S: Sealed, E> Sealed for Result<S, E> {}
    impl<S: Sealed> Sealed for Option<S> {}
}
