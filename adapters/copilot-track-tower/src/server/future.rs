//! The future of a response.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use copilot_track::InTurn;
use http::Response;
use http_body::Body;
use pin_project_lite::pin_project;

use crate::server::body::TrackedBody;
use crate::server::request_state::RequestState;
use crate::server::response;

pin_project! {
    /// The future of a response. Returned by [`TrackService`](crate::TrackService).
    #[must_use = "futures do nothing unless polled"]
    pub struct ResponseFuture<F> {
        #[pin]
        inner: InTurn<F>,
        state: Arc<RequestState>,
    }
}

impl<F> ResponseFuture<F> {
    pub(crate) fn new(inner: InTurn<F>, state: Arc<RequestState>) -> Self {
        Self { inner, state }
    }
}

impl<F, B, E> Future for ResponseFuture<F>
where
    F: Future<Output = Result<Response<B>, E>>,
    B: Body,
{
    type Output = Result<Response<TrackedBody<B>>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let response = ready!(this.inner.poll(cx));
        Poll::Ready(response.map(|response| response::complete(Arc::clone(this.state), response)))
    }
}

impl<F> fmt::Debug for ResponseFuture<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseFuture").finish_non_exhaustive()
    }
}
