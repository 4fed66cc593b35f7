//! The store with a real server: conformance, configuration, and outages.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot continue fails"
)]

mod common;

use std::time::{Duration, Instant};

use copilot_track::testing::{TestTracker, store_conformance};
use copilot_track::{Conversations, Tracker, User};
use copilot_track_redis::{ConnectError, RedisStore};

use crate::common::{Server, TIMEOUT, wait_until, wait_until_stored};

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

async fn store(server: &Server) -> RedisStore {
    RedisStore::connect(server.url()).await.unwrap()
}

async fn replica(test: &TestTracker, server: &Server) -> Conversations {
    let store = store(server).await;
    Conversations::builder(test.tracker()).store(store).build()
}

#[tokio::test]
async fn the_store_is_correct() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    store_conformance::check(&store(&server).await).await;
    let size = server.cli(&["DBSIZE"]);
    // All keys have the prefix and expire.
    let script = "local missing = {}; for _, key in ipairs(redis.call('KEYS', '*')) do \
                  if string.sub(key, 1, 16) ~= 'copilot-track:1:' or redis.call('PTTL', key) < 0 \
                  then table.insert(missing, key) end end; return table.concat(missing, ' ')";
    assert_eq!(server.cli(&["EVAL", script, "0"]).as_deref(), Some(""));
    assert_ne!(size.as_deref(), Some("0"));
}

#[tokio::test]
async fn the_store_is_correct_on_a_cluster() {
    let Some(server) = Server::start_node(&[]) else {
        return;
    };
    server.cli(&["CLUSTER", "ADDSLOTSRANGE", "0", "16383"]);
    wait_until("the cluster is ready", || {
        let info = server.cli(&["CLUSTER", "INFO"]);
        info.is_some_and(|info| info.contains("cluster_state:ok"))
    })
    .await;
    let url = format!("redis+cluster://127.0.0.1:{}", server.port());
    let store = RedisStore::connect(url).await.unwrap();
    store_conformance::check(&store).await;
}

#[tokio::test]
async fn applications_with_other_prefixes_share_nothing() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    let first = RedisStore::options()
        .prefix("a")
        .connect(server.url())
        .await;
    let second = RedisStore::options()
        .prefix("b")
        .connect(server.url())
        .await;
    let test = new_test();
    let replicas = [first, second].map(|store| {
        Conversations::builder(test.tracker())
            .store(store.unwrap())
            .build()
    });
    for replica in &replicas {
        let conversation = replica.open("c-1", user()).await.unwrap();
        conversation.message_sent("Hello");
        conversation.end();
    }
    for ended in test.events_named("Conversation Ended") {
        ended.assert_property("message_count", 1);
    }
    let invalid = RedisStore::options()
        .prefix("{a}")
        .connect(server.url())
        .await;
    assert!(matches!(invalid, Err(ConnectError::Prefix { .. })));
}

#[tokio::test]
async fn a_server_that_evicts_is_refused() {
    for policy in ["allkeys-lru", "volatile-ttl", "volatile-lru"] {
        let Some(server) = Server::start(&["--maxmemory-policy", policy]) else {
            return;
        };
        let error = RedisStore::connect(server.url()).await.unwrap_err();
        assert!(matches!(error, ConnectError::EvictionPolicy { .. }));
        let message = error.to_string();
        assert!(
            message.contains(policy) && message.contains("CONFIG SET maxmemory-policy noeviction")
        );
    }
}

#[tokio::test]
async fn a_server_that_cannot_be_reached_is_an_error() {
    let start = Instant::now();
    let result = RedisStore::connect("redis://127.0.0.1:1").await;
    assert!(matches!(result, Err(ConnectError::Server(_))));
    assert!(start.elapsed() < TIMEOUT);
}

/// Sends a message on each of two replicas, ends the conversation, and checks the count.
async fn assert_counts(test: &TestTracker, replicas: &[Conversations; 2], id: &str) {
    for replica in replicas {
        let conversation = replica.open(id, user()).await.unwrap();
        conversation.message_sent("Hello");
    }
    assert!(replicas[0].end(id));
    test.event("Conversation Ended")
        .assert_property("message_count", 2);
}

#[tokio::test]
async fn changes_survive_a_restart_of_the_server() {
    let Some(mut server) = Server::start(&[]) else {
        return;
    };
    let test = new_test();
    let replicas = [replica(&test, &server).await, replica(&test, &server).await];
    let first = replicas[0].open("c-1", user()).await.unwrap();
    first.message_sent("Hello");
    let _ = test.tracker().flush(TIMEOUT).await;
    server.kill();
    // This change cannot be written now.
    let second = replicas[1].open("c-1", user()).await.unwrap();
    second.message_sent("Hello?");
    wait_until("the store fails", || {
        test.tracker().ledger().store_errors > 0
    })
    .await;
    server.restart();
    wait_until_stored(&store(&server).await, "c-1", 2).await;
    assert!(replicas[0].end("c-1"));
    test.event("Conversation Ended")
        .assert_property("message_count", 2);
    let ledger = test.tracker().ledger();
    assert_eq!((ledger.unsaved_messages, ledger.uncounted_ends), (0, 0));
}

#[tokio::test]
async fn a_full_memory_delays_the_changes() {
    let Some(server) = Server::start(&["--maxmemory-policy", "noeviction"]) else {
        return;
    };
    let test = new_test();
    let replicas = [replica(&test, &server).await, replica(&test, &server).await];
    server.cli(&["CONFIG", "SET", "maxmemory", "1"]);
    let conversation = replicas[0].open("c-1", user()).await.unwrap();
    conversation.message_sent("Hello");
    wait_until("the store fails", || {
        test.tracker().ledger().store_errors > 0
    })
    .await;
    server.cli(&["CONFIG", "SET", "maxmemory", "0"]);
    let conversation = replicas[1].open("c-1", user()).await.unwrap();
    conversation.message_sent("Hello?");
    wait_until_stored(&store(&server).await, "c-1", 2).await;
    assert!(replicas[0].end("c-1"));
    test.event("Conversation Ended")
        .assert_property("message_count", 2);
}

#[tokio::test]
async fn a_server_that_is_stopped_delays_nothing_in_the_application() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    let test = new_test();
    let replicas = [replica(&test, &server).await, replica(&test, &server).await];
    server.signal("STOP");
    let conversation = replicas[0].open("c-1", user()).await.unwrap();
    for _ in 0..1_000 {
        conversation.action_invoked("type", "action");
    }
    // The read times out, and the conversation is opened without the store.
    assert!(test.tracker().ledger().opens_without_store >= 1);
    server.signal("CONT");
    wait_until("the store works", || {
        let stored = server.cli(&["EXISTS", "copilot-track:1:{c-c-1}"]);
        stored.as_deref() == Some("1")
    })
    .await;
    assert_counts(&test, &replicas, "c-1").await;
}

#[tokio::test]
async fn a_paused_server_and_reset_connections_lose_nothing() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    let test = new_test();
    let replicas = [replica(&test, &server).await, replica(&test, &server).await];
    let conversation = replicas[0].open("c-1", user()).await.unwrap();
    conversation.message_sent("one");
    server.cli(&["CLIENT", "PAUSE", "300", "ALL"]);
    conversation.message_sent("two");
    let other = replicas[1].open("c-1", user()).await.unwrap();
    other.message_sent("three");
    for number in 0..20 {
        server.cli(&["CLIENT", "KILL", "TYPE", "normal"]);
        other.message_received(format!("message {number}"));
    }
    wait_until_stored(&store(&server).await, "c-1", 23).await;
    assert!(replicas[0].end("c-1"));
    test.event("Conversation Ended")
        .assert_property("message_count", 23);
}
