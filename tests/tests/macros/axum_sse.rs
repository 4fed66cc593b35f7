//! A streamed reply behind a real server, whose client hangs up midway.

#![allow(clippy::diverging_sub_expression, clippy::unused_async)] // what `debug_handler` makes

use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::State;
use axum::response::sse::{Event, Sse};
use axum::routing::get;
use copilot_track::testing::{CapturedEvent, TestTracker};
use copilot_track::{Conversation, tracked_reply};
use copilot_track_tests::TEST_TIMEOUT;
use futures_util::{Stream, StreamExt as _, stream};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

#[tracked_reply]
fn words(count: usize) -> impl Stream<Item = String> + Send {
    stream::iter(0..count).then(|n| async move {
        tokio::time::sleep(Duration::from_millis(5)).await;
        format!("word{n} ")
    })
}

#[axum::debug_handler]
async fn chat(
    State((conversation, count)): State<(Conversation, usize)>,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let turn = conversation.turn("Tell me");
    let words = turn.in_scope(|| words(count));
    Sse::new(words.map(|word| Ok(Event::default().data(word))))
}

/// Asks a server for an answer of `count` words, and reads until it has seen `last`.
async fn ask(conversation: Conversation, count: usize, last: &str) -> String {
    let app = Router::new()
        .route("/chat", get(chat))
        .with_state((conversation, count));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(axum::serve(listener, app).into_future());
    let mut client = TcpStream::connect(address).await.unwrap();
    client
        .write_all(b"GET /chat HTTP/1.1\r\nhost: localhost\r\n\r\n")
        .await
        .unwrap();
    let mut seen = Vec::new();
    while !String::from_utf8_lossy(&seen).contains(last) {
        assert_ne!(client.read_buf(&mut seen).await.unwrap(), 0);
    }
    // The client hangs up here.
    String::from_utf8(seen).unwrap()
}

async fn received(test: &TestTracker) -> CapturedEvent {
    let begun = Instant::now();
    while begun.elapsed() < TEST_TIMEOUT {
        if let [event] = test.events_named("Message Received").as_slice() {
            return event.clone();
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    test.event("Message Received")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disconnected_client_leaves_a_cancelled_reply() {
    let test = Arc::new(TestTracker::new());
    let seen = ask(test.conversation(), 1_000_000, "word2").await;
    let event = received(&test).await;
    event.assert_property("completion", "cancelled");
    let body = event.property("message_body").unwrap().as_str().unwrap();
    assert!(body.starts_with("word0 word1 word2 "), "{body}");
    // What the server had made when it noticed, and nothing invented.
    assert!(
        seen.contains("word0") && !body.contains("word999"),
        "{body}"
    );
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(test.events_named("Message Received").len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_complete_stream_is_sent_in_full() {
    let test = Arc::new(TestTracker::new());
    ask(test.conversation(), 3, "0\r\n\r\n").await;
    received(&test)
        .await
        .assert_property("message_body", "word0 word1 word2 ")
        .assert_no_property("completion");
}
