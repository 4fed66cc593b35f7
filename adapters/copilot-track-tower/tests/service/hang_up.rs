//! Customers that hang up, with a real server.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use axum::Router;
use axum::response::sse::{Event, Sse};
use axum::routing::post;
use copilot_track::testing::TestTracker;
use copilot_track::{tracked_reply, tracked_tool};
use copilot_track_tower::{RequestConversation, TrackLayer};
use futures_util::{Stream, StreamExt as _, stream};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

/// Reports when the stream of a response or a handler has been dropped.
type Dropped = Arc<Mutex<Option<oneshot::Sender<()>>>>;

/// A stream whose sender is dropped after the stream.
struct Observed<S> {
    stream: S,
    _dropped: Option<oneshot::Sender<()>>,
}

impl<S: Stream + Unpin> Stream for Observed<S> {
    type Item = S::Item;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<S::Item>> {
        self.stream.poll_next_unpin(cx)
    }
}

#[tracked_reply]
fn answer() -> impl Stream<Item = &'static str> + Send {
    stream::iter(["Three ", "are "]).chain(stream::pending())
}

#[tracked_tool(type = "Inventory Request", record(outcome))]
async fn stock_level() -> u32 {
    std::future::pending().await
}

/// Serves the chat on a free port.
async fn serve(layer: TrackLayer, dropped: Dropped) -> std::net::SocketAddr {
    let observed = Arc::clone(&dropped);
    let stream_chat = async move |conversation: RequestConversation| {
        let turn = conversation.turn("How many are left?");
        let words = turn.in_scope(answer);
        let words = words.map(|word| Ok::<_, Infallible>(Event::default().data(word)));
        Sse::new(Observed {
            stream: words.boxed(),
            _dropped: observed.lock().unwrap().take(),
        })
    };
    let chat = async move |conversation: RequestConversation| {
        let dropped = dropped.lock().unwrap().take();
        let turn = conversation.turn("How many are left?");
        let left = turn.run(stock_level()).await;
        drop(dropped);
        left.to_string()
    };
    let app = Router::new()
        .route("/stream", post(stream_chat))
        .route("/chat", post(chat))
        .layer(layer);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await });
    address
}

async fn connect(to: std::net::SocketAddr, path: &str) -> TcpStream {
    let mut client = TcpStream::connect(to).await.unwrap();
    let request = format!("POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-length: 0\r\n\r\n");
    client.write_all(request.as_bytes()).await.unwrap();
    client
}

async fn read_until(client: &mut TcpStream, expected: &str) -> String {
    let mut read = Vec::new();
    while !String::from_utf8_lossy(&read).contains(expected) {
        assert_ne!(
            client.read_buf(&mut read).await.unwrap(),
            0,
            "the connection was closed"
        );
    }
    String::from_utf8(read).unwrap()
}

#[tokio::test]
async fn a_stream_ends_when_the_customer_hangs_up() {
    for with_event in [false, true] {
        let test = TestTracker::new();
        let mut layer = TrackLayer::builder(test.tracker());
        if with_event {
            layer = layer.sse_event();
        }
        let (sender, dropped) = oneshot::channel();
        let sender = Arc::new(Mutex::new(Some(sender)));
        let address = serve(layer.build(), sender).await;

        let mut client = connect(address, "/stream").await;
        let response = read_until(&mut client, "data: are ").await;
        drop(client);
        assert!(
            dropped.await.is_err(),
            "the sender is dropped, and sends nothing"
        );
        let received = test.event("Message Received");
        received.assert_property("message_body", "Three are ");
        received.assert_property("completion", "cancelled");
        let reply_id = received.message_id().unwrap();
        assert!(
            response.contains(&format!("copilot-reply-id: {reply_id}\r\n")),
            "{response}"
        );
        assert_eq!(
            response.contains("event: copilot-track\n"),
            with_event,
            "{response}"
        );
    }
}

#[tokio::test]
async fn a_handler_is_cancelled_when_the_customer_hangs_up() {
    let test = TestTracker::new();
    let (sender, dropped) = oneshot::channel();
    let started = Arc::new(Mutex::new(Some(sender)));
    let address = serve(TrackLayer::new(test.tracker()), Arc::clone(&started)).await;
    let client = connect(address, "/chat").await;
    while test.events_named("Message Sent").is_empty() {
        tokio::task::yield_now().await;
    }
    drop(client);
    assert!(dropped.await.is_err());
    test.event("Action Invoked")
        .assert_property("outcome", "cancelled");
}
