//! The body of a response.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use copilot_track::Turn;
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;

use crate::server::request_state::RequestState;
use crate::server::response::ids_event;

pin_project! {
    /// The body of a response that passed through [`TrackLayer`](crate::TrackLayer).
    ///
    /// The frames of the inner body are passed on unchanged. If the layer is configured with
    /// [`sse_event`](crate::TrackLayerBuilder::sse_event), an event with the ids comes first. If
    /// the request is part of a turn of another service, the turn is current while the inner body
    /// is polled.
    ///
    /// Dropping the body drops the inner body, so a tracked stream in it ends as `cancelled`.
    pub struct TrackedBody<B: Body> {
        #[pin]
        inner: B,
        turn: Option<Turn>,
        // The request, until the first event has been sent.
        before_event: Option<Arc<RequestState>>,
        // What the inner body returned when the event was sent.
        after_event: Option<FrameResult<B>>,
    }
}

/// What a body returns from a poll. `None` is the end.
type FrameResult<B> = Option<Result<Frame<<B as Body>::Data>, <B as Body>::Error>>;

impl<B: Body> TrackedBody<B> {
    pub(crate) fn new(inner: B, state: Arc<RequestState>, with_event: bool) -> Self {
        Self {
            inner,
            turn: state.turn.clone(),
            before_event: with_event.then_some(state),
            after_event: None,
        }
    }
}

impl<B: Body> Body for TrackedBody<B>
where
    B::Data: From<Bytes>,
{
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        let this = self.project();
        if let Some(result) = this.after_event.take() {
            return Poll::Ready(result);
        }
        let _entered = this.turn.as_ref().map(Turn::enter);
        let Some(state) = this.before_event.take() else {
            return this.inner.poll_frame(cx);
        };
        // The inner body is polled first, because its first poll may start the reply.
        let first = this.inner.poll_frame(cx);
        let Some(conversation) = state.conversation() else {
            return first;
        };
        if let Poll::Ready(result) = first {
            *this.after_event = Some(result);
        }
        let event = ids_event(conversation.id(), state.reply_id().as_ref());
        let event = Bytes::from(event).into();
        Poll::Ready(Some(Ok(Frame::data(event))))
    }

    fn is_end_stream(&self) -> bool {
        match &self.after_event {
            Some(result) => result.is_none(),
            None => self.before_event.is_none() && self.inner.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        if self.before_event.is_some() || self.after_event.is_some() {
            return SizeHint::default();
        }
        self.inner.size_hint()
    }
}

impl<B: Body + Default> Default for TrackedBody<B> {
    fn default() -> Self {
        Self {
            inner: B::default(),
            turn: None,
            before_event: None,
            after_event: None,
        }
    }
}

impl<B: Body + fmt::Debug> fmt::Debug for TrackedBody<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TrackedBody")
            .field("inner", &self.inner)
            .finish_non_exhaustive()
    }
}
