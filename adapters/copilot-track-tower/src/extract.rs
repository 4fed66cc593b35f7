//! Extractors for axum.

use std::fmt;

use axum_core::extract::{FromRequestParts, OptionalFromRequestParts};
use axum_core::response::{IntoResponse, Response};
use copilot_track::Turn;
use http::StatusCode;
use http::request::Parts;

use crate::server::request_conversation::RequestConversation;
use crate::server::request_tracking::RequestTracking;

/// The turn of another service that a request is part of. An extractor for axum.
///
/// It needs [`accept_turn_contexts`](crate::TrackLayerBuilder::accept_turn_contexts). The turn is
/// already current in the handler, so most handlers do not need this extractor. To answer requests
/// without a turn too, extract `Option<RequestTurn>`.
///
/// ```
/// use copilot_track_tower::RequestTurn;
///
/// async fn stock_level(RequestTurn(turn): RequestTurn) -> &'static str {
///     turn.action_invoked("Inventory Request", "check stock level");
///     "3"
/// }
/// ```
#[derive(Debug, Clone)]
pub struct RequestTurn(pub Turn);

/// The error of an extractor if the request did not pass through a
/// [`TrackLayer`](crate::TrackLayer). The status of the response is 500.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct MissingTrackLayer;

impl fmt::Display for MissingTrackLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "the request did not pass through a `TrackLayer`: add \
             `.layer(TrackLayer::new(&tracker))` to the router, after the route",
        )
    }
}

impl std::error::Error for MissingTrackLayer {}

impl IntoResponse for MissingTrackLayer {
    fn into_response(self) -> Response {
        tracing::error!("{self}");
        (StatusCode::INTERNAL_SERVER_ERROR, self.to_string()).into_response()
    }
}

/// The error of [`RequestTurn`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum RequestTurnRejection {
    /// The request did not pass through a [`TrackLayer`](crate::TrackLayer). The status of the
    /// response is 500.
    MissingTrackLayer,
    /// The request contains no turn context that can be used, or the layer does not [accept turn
    /// contexts](crate::TrackLayerBuilder::accept_turn_contexts). The status of the response is
    /// 400.
    NoTurn,
}

impl fmt::Display for RequestTurnRejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MissingTrackLayer => MissingTrackLayer.fmt(f),
            Self::NoTurn => f.write_str(
                "the request contains no valid turn context, or the `TrackLayer` does not accept \
                 turn contexts",
            ),
        }
    }
}

impl std::error::Error for RequestTurnRejection {}

impl IntoResponse for RequestTurnRejection {
    fn into_response(self) -> Response {
        match self {
            Self::MissingTrackLayer => MissingTrackLayer.into_response(),
            Self::NoTurn => (StatusCode::BAD_REQUEST, self.to_string()).into_response(),
        }
    }
}

impl<S: Sync> FromRequestParts<S> for RequestTracking {
    type Rejection = MissingTrackLayer;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, MissingTrackLayer> {
        Self::of(&parts.extensions).ok_or(MissingTrackLayer)
    }
}

impl<S: Sync> FromRequestParts<S> for RequestConversation {
    type Rejection = MissingTrackLayer;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, MissingTrackLayer> {
        let tracking = RequestTracking::of(&parts.extensions).ok_or(MissingTrackLayer)?;
        Ok(tracking.conversation().await)
    }
}

impl<S: Sync> FromRequestParts<S> for RequestTurn {
    type Rejection = RequestTurnRejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, RequestTurnRejection> {
        turn(parts)?.ok_or(RequestTurnRejection::NoTurn)
    }
}

impl<S: Sync> OptionalFromRequestParts<S> for RequestTurn {
    type Rejection = RequestTurnRejection;

    async fn from_request_parts(
        parts: &mut Parts,
        _: &S,
    ) -> Result<Option<Self>, RequestTurnRejection> {
        turn(parts)
    }
}

fn turn(parts: &Parts) -> Result<Option<RequestTurn>, RequestTurnRejection> {
    let tracking =
        RequestTracking::of(&parts.extensions).ok_or(RequestTurnRejection::MissingTrackLayer)?;
    Ok(tracking.turn().cloned().map(RequestTurn))
}
