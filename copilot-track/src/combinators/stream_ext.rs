//! The method that tracks streams.

use futures_core::Stream;

use super::reply_stream::ReplyStream;

/// Tracks streams where no attribute can be written.
///
/// ```
/// use copilot_track::TrackedStreamExt as _;
/// use futures_util::stream;
///
/// let words = stream::iter(["Yes, ", "3 are left."]).tracked_reply();
/// ```
pub trait TrackedStreamExt: Stream + Sized {
    /// Tracks a streamed reply. Sends Message Received with the text of all items when the stream
    /// ends or is dropped, like `#[tracked_reply]` on a function that returns a stream.
    ///
    /// The reply belongs to the turn that is current when this method is called. If there is none,
    /// it belongs to the turn that is current when the stream is first polled.
    ///
    /// The items must implement [`MessageBody`](crate::MessageBody), unless
    /// [`body`](ReplyStream::body) selects the text.
    #[track_caller]
    fn tracked_reply(self) -> ReplyStream<Self> {
        ReplyStream::new(self)
    }
}

impl<S: Stream> TrackedStreamExt for S {}
