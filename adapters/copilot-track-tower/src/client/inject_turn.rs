//! The layer that sends the current turn to other services.

use std::sync::Arc;
use std::task::{Context, Poll};

use copilot_track::{Turn, TurnContext};
use http::{HeaderMap, Request, Uri};
use tower_layer::Layer;
use tower_service::Service;

use crate::client::origin::{Origin, ParseOriginError};

/// A layer for HTTP clients that adds the context of the current turn to requests to your own
/// services. A service with
/// [`accept_turn_contexts`](crate::TrackLayerBuilder::accept_turn_contexts) continues the turn.
///
/// ```
/// use copilot_track_tower::InjectTurnLayer;
///
/// let layer = InjectTurnLayer::new(["https://tools.example.com", "http://127.0.0.1:8080"])?;
/// # drop(layer);
/// # Ok::<(), copilot_track_tower::ParseOriginError>(())
/// ```
///
/// The context contains the ids of the user and the conversation. It is therefore added only to
/// requests whose scheme, host, and port are exactly those of a listed origin. From all other
/// requests, the header is removed.
///
/// # Redirects
///
/// The layer sends each request once. If another layer follows redirects, put that layer outside
/// this one. Each redirected request then passes through this layer and is checked again. A client
/// that follows redirects itself, such as reqwest by default, would send the header on to any host.
/// Disable its redirects (`redirect::Policy::none()`).
///
/// # The current turn
///
/// The turn is the one that is current when the request is sent. If a layer moves requests to
/// another task, such as `tower::buffer`, put that layer inside this one.
#[derive(Debug, Clone)]
pub struct InjectTurnLayer {
    origins: Arc<[Origin]>,
}

impl InjectTurnLayer {
    /// Creates a layer for these origins, such as `https://tools.example.com:8443`. Without a port,
    /// the default port of the scheme is meant.
    ///
    /// # Errors
    /// Returns [`ParseOriginError`] if a string is not an origin, for example because it has a
    /// path.
    pub fn new<O: AsRef<str>>(
        origins: impl IntoIterator<Item = O>,
    ) -> Result<Self, ParseOriginError> {
        let origins = origins.into_iter().map(|origin| origin.as_ref().parse());
        Ok(Self {
            origins: origins.collect::<Result<_, _>>()?,
        })
    }

    /// Adds the context of the current turn to the headers of a request to `uri`, or removes it if
    /// the origin is not listed. Use it for clients that are not tower services.
    ///
    /// If there is no current turn, the headers of a request to a listed origin do not change.
    pub fn inject(&self, uri: &Uri, headers: &mut HeaderMap) {
        if !Origin::of(uri).is_some_and(|origin| self.origins.contains(&origin)) {
            headers.remove(TurnContext::KEY);
        } else if let Some(turn) = Turn::current() {
            turn.context().inject(headers);
        }
    }
}

impl<S> Layer<S> for InjectTurnLayer {
    type Service = InjectTurn<S>;

    fn layer(&self, inner: S) -> InjectTurn<S> {
        InjectTurn {
            inner,
            layer: self.clone(),
        }
    }
}

/// A client that sends the current turn to other services. Created by [`InjectTurnLayer`].
#[derive(Debug, Clone)]
pub struct InjectTurn<S> {
    inner: S,
    layer: InjectTurnLayer,
}

impl<S, B> Service<Request<B>> for InjectTurn<S>
where
    S: Service<Request<B>>,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<B>) -> S::Future {
        let uri = request.uri().clone();
        self.layer.inject(&uri, request.headers_mut());
        self.inner.call(request)
    }
}
