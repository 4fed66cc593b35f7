//! A tower service without axum.

use std::convert::Infallible;

use axum::body::Bytes;
use axum::http::{Request, Response};
use copilot_track::testing::TestTracker;
use copilot_track_tower::{RequestTracking, TrackLayer};
use http_body_util::{BodyExt as _, Full};
use tower::{ServiceBuilder, ServiceExt as _};

async fn answer(request: Request<Full<Bytes>>) -> Result<Response<Full<Bytes>>, Infallible> {
    let text = match RequestTracking::of(request.extensions()) {
        Some(tracking) => {
            let turn = tracking.conversation().await.turn("Is it in stock?");
            turn.message_received("Yes");
            "Yes"
        }
        None => "No layer",
    };
    Ok(Response::new(Full::from(text)))
}

#[tokio::test]
async fn services_find_the_request_in_its_extensions() {
    let test = TestTracker::new();
    let service = ServiceBuilder::new()
        .layer(TrackLayer::new(test.tracker()))
        .service_fn(answer);
    let request = || Request::new(Full::from("?"));
    let response = service.oneshot(request()).await.unwrap();
    let conversation_id = response.headers()["copilot-conversation-id"].clone();
    assert_eq!(
        response.into_body().collect().await.unwrap().to_bytes(),
        "Yes"
    );
    let received = test.event("Message Received");
    assert_eq!(received.conversation_id(), conversation_id.to_str().ok());

    let response = tower::service_fn(answer).oneshot(request()).await.unwrap();
    assert_eq!(
        response.into_body().collect().await.unwrap().to_bytes(),
        "No layer"
    );
}
