//! Attempts to send a batch while the tracker is shut down.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpSocket};
use tokio::time::timeout;

use crate::delivery::batch::OpenBatch;
use crate::delivery::endpoint::{Endpoint, PlainHttp};
use crate::delivery::retry::RetryState;
use crate::delivery::sender::{DeliveryEnd, Sender};
use crate::delivery::sending::batch_delivery::BatchDelivery;
use crate::delivery::sending::progress::Progress;
use crate::delivery::transport::dispatch::Transport;
use crate::delivery::transport::http::{HttpOptions, HttpTransport};
use crate::ledger::counters::Counters;

const MINUTE: Duration = Duration::from_secs(60);

fn sender_to(address: std::net::SocketAddr) -> Sender {
    let endpoint = Endpoint::parse(&format!("http://{address}"), &PlainHttp::LoopbackOnly);
    let http = HttpTransport::to(endpoint.unwrap(), HttpOptions::default());
    Sender::with_budget(
        Transport::Http(http.unwrap()),
        MINUTE,
        Arc::new(Counters::default()),
    )
}

/// Sends a batch with one event.
async fn deliver(sender: &Sender) -> DeliveryEnd {
    let mut open = OpenBatch::default();
    open.add(|body| {
        body.extend_from_slice(b"{}");
        Ok::<(), ()>(())
    })
    .unwrap();
    let delivery = BatchDelivery::new(open.seal(), RetryState::default());
    let progress = Progress::new(1);
    let delivering = sender.deliver(Box::new(delivery), &progress, false);
    timeout(MINUTE, delivering).await.unwrap()
}

#[tokio::test]
async fn an_attempt_that_starts_during_a_shutdown_is_not_repeated_immediately() {
    // The port is bound, but nothing listens on it.
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let sender = sender_to(socket.local_addr().unwrap());
    sender.rate_limit.open_for_shutdown();
    assert!(matches!(deliver(&sender).await, DeliveryEnd::Waiting(..)));
    assert_eq!(sender.counters.read().retries, 0);
}

#[tokio::test]
async fn a_shutdown_that_starts_during_an_attempt_allows_another_one() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let sender = sender_to(listener.local_addr().unwrap());
    let serve = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        assert!(stream.read(&mut [0; 4096]).await.unwrap() > 0);
        sender.rate_limit.open_for_shutdown();
        drop(stream);
        let (mut stream, _) = listener.accept().await.unwrap();
        assert!(stream.read(&mut [0; 4096]).await.unwrap() > 0);
        let response = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}";
        stream.write_all(response).await.unwrap();
    };
    let (end, ()) = tokio::join!(deliver(&sender), serve);
    assert!(matches!(end, DeliveryEnd::Settled(_)));
    let ledger = sender.counters.read();
    assert_eq!((ledger.retries, ledger.delivered), (1, 1));
}
