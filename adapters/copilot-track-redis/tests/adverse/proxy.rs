//! A proxy that cuts connections or delays replies.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::sleep;

/// A proxy in front of a server. It can forward a number of bytes and then cut the connection,
/// once. It can also delay the replies.
pub(crate) struct Proxy {
    pub(crate) url: String,
    requests: Arc<Direction>,
    replies: Arc<Direction>,
}

/// One direction of all connections.
#[derive(Default)]
struct Direction {
    /// The number of bytes until the cut. Negative numbers mean that nothing is cut.
    left: AtomicI64,
    /// The number of forwarded bytes.
    forwarded: AtomicU64,
    /// The delay of each read, in milliseconds.
    delay: AtomicU64,
    /// The number of reads that were delayed.
    delayed: AtomicU64,
}

impl Proxy {
    pub(crate) async fn start(server: u16) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let url = format!("redis://{}", listener.local_addr().unwrap());
        let new = || {
            Arc::new(Direction {
                left: AtomicI64::new(-1),
                ..Direction::default()
            })
        };
        let proxy = Self {
            url,
            requests: new(),
            replies: new(),
        };
        let (requests, replies) = (Arc::clone(&proxy.requests), Arc::clone(&proxy.replies));
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let Ok(server) = TcpStream::connect((Ipv4Addr::LOCALHOST, server)).await else {
                    continue;
                };
                let (from_client, to_client) = client.into_split();
                let (from_server, to_server) = server.into_split();
                tokio::spawn(Arc::clone(&requests).forward(from_client, to_server));
                tokio::spawn(Arc::clone(&replies).forward(from_server, to_client));
            }
        });
        proxy
    }

    /// Cuts the connection after `bytes` further bytes of replies.
    pub(crate) fn cut_replies_after(&self, bytes: u64) {
        self.replies.cut_after(bytes);
    }

    /// Cuts the connection after `bytes` further bytes of requests.
    pub(crate) fn cut_requests_after(&self, bytes: u64) {
        self.requests.cut_after(bytes);
    }

    /// Delays each reply. A reply is what the server sends in answer to one request.
    pub(crate) fn delay_replies(&self, delay: Duration) {
        let delay = u64::try_from(delay.as_millis()).unwrap();
        self.replies.delay.store(delay, Ordering::SeqCst);
    }

    /// Returns the number of replies that were delayed.
    pub(crate) fn delayed(&self) -> u64 {
        self.replies.delayed.load(Ordering::SeqCst)
    }

    /// Returns the numbers of bytes of requests and of replies that were forwarded.
    pub(crate) fn forwarded(&self) -> (u64, u64) {
        let forwarded = |direction: &Direction| direction.forwarded.load(Ordering::SeqCst);
        (forwarded(&self.requests), forwarded(&self.replies))
    }

    /// Returns whether the connection was cut since the last call to cut it.
    pub(crate) fn has_cut(&self) -> bool {
        let is_idle = |direction: &Direction| direction.left.load(Ordering::SeqCst) < 0;
        is_idle(&self.requests) && is_idle(&self.replies)
    }
}

impl Direction {
    fn cut_after(&self, bytes: u64) {
        self.left
            .store(i64::try_from(bytes).unwrap(), Ordering::SeqCst);
    }

    /// Forwards bytes. At the end, both halves are dropped, and the other direction ends, too.
    async fn forward(self: Arc<Self>, mut from: OwnedReadHalf, mut to: OwnedWriteHalf) {
        let mut buffer = [0; 4_096];
        while let Ok(read @ 1..) = from.read(&mut buffer).await {
            let delay = self.delay.load(Ordering::SeqCst);
            if delay > 0 {
                self.delayed.fetch_add(1, Ordering::SeqCst);
                sleep(Duration::from_millis(delay)).await;
            }
            let left = self.left.load(Ordering::SeqCst);
            let cut = usize::try_from(left).ok().filter(|left| *left <= read);
            let kept = cut.unwrap_or(read);
            if left >= 0 {
                let rest = if cut.is_some() {
                    -1
                } else {
                    left - i64::try_from(read).unwrap()
                };
                self.left.store(rest, Ordering::SeqCst);
            }
            if to.write_all(&buffer[..kept]).await.is_err() {
                break;
            }
            self.forwarded.fetch_add(kept as u64, Ordering::SeqCst);
            if cut.is_some() {
                break;
            }
        }
        let _ = to.shutdown().await;
    }
}
