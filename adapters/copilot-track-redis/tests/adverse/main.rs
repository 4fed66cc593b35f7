//! The store with servers and networks that misbehave, and with unusual ids and URLs.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot continue fails"
)]

#[path = "../common/mod.rs"]
mod common;

mod broken_connections;
#[cfg_attr(
    not(feature = "rustls"),
    allow(dead_code, reason = "only the tests of TLS use it")
)]
mod certificates;
mod cluster;
mod durations;
mod ids;
mod late_values;
mod policy;
mod proxy;
mod sentinel;
mod server_errors;
#[cfg(feature = "rustls")]
mod tls;
mod urls;

use std::time::Duration;

use copilot_track::store::{ConversationUpdate, CountedMessage};
use copilot_track::testing::TestTracker;
use copilot_track::{ConversationId, Conversations, MessageId, Tracker, User};
use copilot_track_redis::{RedisStore, RedisStoreOptions};

use crate::certificates::Certificates;
use crate::common::{Server, free_port, wait_until_stored};

/// A server, and the port that clients use.
struct Node {
    server: Server,
    port: u16,
}

impl Node {
    /// Starts a server with further arguments. With certificates, it uses TLS. Returns `None` if
    /// redis-server is not installed.
    fn start(certificates: Option<&Certificates>, args: &[&str]) -> Option<Self> {
        let Some(certificates) = certificates else {
            let server = Server::start(args)?;
            let port = server.port();
            return Some(Self { server, port });
        };
        let port = free_port();
        let tls = certificates.args(port);
        let tls = tls.iter().map(String::as_str);
        let all: Vec<_> = tls.chain(args.iter().copied()).collect();
        let server = Server::start(&all)?;
        Some(Self { server, port })
    }
}

fn user() -> User {
    User::known("123").unwrap()
}

fn new_test() -> TestTracker {
    let builder = Tracker::builder()
        .write_key("key")
        .endpoint("http://127.0.0.1:9") // not used, and needs no TLS
        .flush_interval(Duration::from_millis(20));
    TestTracker::with(builder).unwrap()
}

async fn replicas(test: &TestTracker, url: &str) -> [Conversations; 2] {
    replicas_with(test, &RedisStore::options(), url).await
}

async fn replicas_with(
    test: &TestTracker,
    options: &RedisStoreOptions,
    url: &str,
) -> [Conversations; 2] {
    let replica = async || {
        let store = options.clone().connect(url).await.unwrap();
        Conversations::builder(test.tracker()).store(store).build()
    };
    [replica().await, replica().await]
}

/// Sends a message on each replica.
async fn send_messages(replicas: &[Conversations; 2], id: &str) {
    for replica in replicas {
        let conversation = replica.open(id, user()).await.unwrap();
        conversation.message_sent("Hello");
    }
}

/// Ends a conversation once the store has all of its messages, and checks their number.
async fn assert_end(
    test: &TestTracker,
    replicas: &[Conversations; 2],
    store: &RedisStore,
    messages: u64,
) {
    let id = "c-1";
    wait_until_stored(store, id, messages).await;
    assert!(replicas[0].end(id));
    let ended = test.event("Conversation Ended");
    ended.assert_property("message_count", messages);
    let ledger = test.tracker().ledger();
    assert_eq!(ledger.unsaved_messages, 0);
    assert_eq!(ledger.uncounted_ends, 0);
}

/// Returns an update with one message.
fn update(id: &ConversationId, message: &str) -> ConversationUpdate {
    let mut update = ConversationUpdate::new(id.clone(), format!("update-{message}"));
    let message = MessageId::new(message).unwrap();
    update.messages.push(CountedMessage::new(message, true));
    update
}
