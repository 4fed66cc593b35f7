//! The service that reads requests and completes responses.

use std::sync::Arc;
use std::task::{Context, Poll};

use copilot_track::InCurrentTurn as _;
use http::{Request, Response};
use http_body::Body;
use tower_service::Service;

use crate::server::body::TrackedBody;
use crate::server::future::ResponseFuture;
use crate::server::request_state::RequestState;
use crate::server::request_tracking::RequestTracking;
use crate::server::settings::Settings;

/// A service whose requests are tracked. Created by [`TrackLayer`](crate::TrackLayer).
#[derive(Debug, Clone)]
pub struct TrackService<S> {
    inner: S,
    settings: Arc<Settings>,
}

impl<S> TrackService<S> {
    pub(crate) fn new(inner: S, settings: Arc<Settings>) -> Self {
        Self { inner, settings }
    }
}

impl<S, RequestBody, ResponseBody> Service<Request<RequestBody>> for TrackService<S>
where
    S: Service<Request<RequestBody>, Response = Response<ResponseBody>>,
    ResponseBody: Body,
{
    type Response = Response<TrackedBody<ResponseBody>>;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<RequestBody>) -> Self::Future {
        let (mut parts, body) = request.into_parts();
        let state = Arc::new(RequestState::new(&self.settings, &parts));
        parts
            .extensions
            .insert(RequestTracking::new(Arc::clone(&state)));
        let request = Request::from_parts(parts, body);
        let response = match &state.turn {
            Some(turn) => turn.run(turn.in_scope(|| self.inner.call(request))),
            None => self.inner.call(request).in_current_turn(),
        };
        ResponseFuture::new(response, state)
    }
}
