//! HTTP/2, with a real server.

use std::convert::Infallible;

use axum::Router;
use axum::http::Request;
use axum::response::sse::{Event, Sse};
use axum::routing::post;
use copilot_track::testing::TestTracker;
use copilot_track::tracked_reply;
use copilot_track_tower::{RequestConversation, TrackLayer};
use futures_util::{Stream, StreamExt as _, stream};
use h2::client::SendRequest;
use h2::{Reason, RecvStream};
use tokio::net::{TcpListener, TcpStream};

#[tracked_reply]
fn answer() -> impl Stream<Item = &'static str> + Send {
    stream::iter(["Three ", "are "]).chain(stream::pending())
}

async fn stream_chat(
    conversation: RequestConversation,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let turn = conversation.turn("How many are left?");
    let words = turn.in_scope(answer);
    Sse::new(words.map(|word| Ok(Event::default().data(word))))
}

async fn connect(test: &TestTracker) -> SendRequest<&'static [u8]> {
    let app = Router::new()
        .route("/stream", post(stream_chat))
        .layer(TrackLayer::builder(test.tracker()).sse_event().build());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await });
    let stream = TcpStream::connect(address).await.unwrap();
    let (client, connection) = h2::client::Builder::new().handshake(stream).await.unwrap();
    tokio::spawn(connection);
    client.ready().await.unwrap()
}

/// Reads a stream until it contains `end`.
async fn read_until(body: &mut RecvStream, end: &str) -> String {
    let mut read = String::new();
    while !read.contains(end) {
        let data = body.data().await.unwrap().unwrap();
        read.push_str(std::str::from_utf8(&data).unwrap());
    }
    read
}

#[tokio::test]
async fn one_of_several_streams_of_a_connection_is_cancelled() {
    let test = TestTracker::new();
    let mut client = connect(&test).await;
    let mut streams = Vec::new();
    for user in ["ada", "bob"] {
        // A client may send each cookie in its own header.
        let request = Request::post("http://localhost/stream")
            .header("cookie", "theme=dark")
            .header("cookie", format!("ajs_user_id={user}"))
            .header("cookie", "ajs_anonymous_id=%22a-1%22")
            .body(())
            .unwrap();
        let (response, sender) = client.send_request(request, true).unwrap();
        let response = response.await.unwrap();
        let reply = response.headers()["copilot-reply-id"]
            .to_str()
            .unwrap()
            .to_owned();
        let mut body = response.into_body();
        let received = read_until(&mut body, "data: are ").await;
        assert!(received.starts_with("event: copilot-track\n"), "{received}");
        assert!(received.contains(&reply), "{received}");
        streams.push((sender, body, reply));
    }
    let (mut sender, body, reply) = streams.remove(0);
    sender.send_reset(Reason::CANCEL);
    drop(body);
    while test.events_named("Message Received").is_empty() {
        tokio::task::yield_now().await;
    }
    let received = test.event("Message Received");
    received
        .assert_property("message_body", "Three are ")
        .assert_property("completion", "cancelled");
    assert_eq!(received.message_id(), Some(reply.as_str()));
    assert_eq!(
        (received.user_id(), received.anonymous_id()),
        (Some("ada"), Some("a-1"))
    );
    // The connection is closed, so the other reply is cancelled, too.
    drop((client, streams));
    while test.events_named("Message Received").len() < 2 {
        tokio::task::yield_now().await;
    }
}
