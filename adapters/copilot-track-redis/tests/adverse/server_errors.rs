//! Servers that answer with errors.

use std::thread;

use copilot_track_redis::RedisStore;

use crate::common::{Server, wait_until, wait_until_stored};
use crate::{assert_end, new_test, replicas, send_messages, user};

/// Sends two messages before, while, and after `server` answers with errors, and checks that all of
/// them count once.
async fn assert_survives(
    server: &mut Server,
    break_it: impl FnOnce(&mut Server),
    repair_it: impl FnOnce(&mut Server),
) {
    let test = new_test();
    let replicas = replicas(&test, &server.url()).await;
    send_messages(&replicas, "c-1").await;
    let errors = test.tracker().ledger().store_errors;
    break_it(server);
    send_messages(&replicas, "c-1").await;
    wait_until("the store fails", || {
        test.tracker().ledger().store_errors > errors
    })
    .await;
    repair_it(server);
    send_messages(&replicas, "c-1").await;
    let store = RedisStore::connect(server.url()).await.unwrap();
    assert_end(&test, &replicas, &store, 6).await;
    assert_eq!(test.tracker().ledger().refused_updates, 0);
}

#[tokio::test]
async fn a_full_memory_loses_nothing() {
    let Some(mut server) = Server::start(&[]) else {
        return;
    };
    assert_survives(
        &mut server,
        |server| drop(server.cli(&["CONFIG", "SET", "maxmemory", "1"])),
        |server| drop(server.cli(&["CONFIG", "SET", "maxmemory", "0"])),
    )
    .await;
}

#[tokio::test]
async fn a_server_that_becomes_a_replica_loses_nothing() {
    let Some(mut server) = Server::start(&["--replica-read-only", "yes"]) else {
        return;
    };
    assert_survives(
        &mut server,
        |server| drop(server.cli(&["REPLICAOF", "127.0.0.1", "1"])),
        |server| drop(server.cli(&["REPLICAOF", "NO", "ONE"])),
    )
    .await;
}

#[tokio::test]
async fn a_server_that_wants_a_password_loses_nothing() {
    let Some(mut server) = Server::start(&[]) else {
        return;
    };
    assert_survives(
        &mut server,
        |server| {
            server.cli(&["CONFIG", "SET", "requirepass", "secret"]);
            server.cli_as("secret", &["CLIENT", "KILL", "TYPE", "normal"]);
        },
        |server| drop(server.cli_as("secret", &["CONFIG", "SET", "requirepass", ""])),
    )
    .await;
}

#[tokio::test]
async fn a_busy_script_loses_nothing() {
    let Some(mut server) = Server::start(&["--busy-reply-threshold", "1"]) else {
        return;
    };
    let url = server.url();
    assert_survives(
        &mut server,
        |server| {
            thread::spawn(move || {
                let mut connection = redis::Client::open(url).unwrap().get_connection().unwrap();
                let endless: redis::RedisResult<()> = redis::cmd("EVAL")
                    .arg("while true do end")
                    .arg(0)
                    .query(&mut connection);
                assert!(endless.is_err());
            });
            server.wait_for_answer("PING", "-BUSY");
        },
        |server| {
            server.wait_for_answer("SCRIPT KILL", "+OK");
            server.wait_for_answer("PING", "+PONG");
        },
    )
    .await;
}

#[tokio::test]
async fn a_server_that_loads_its_data_loses_nothing() {
    let args = ["--enable-debug-command", "yes"];
    let Some(mut server) = Server::start(&args) else {
        return;
    };
    server.cli(&["DEBUG", "POPULATE", "8000"]);
    let reload = |server: &mut Server| {
        // The server answers during the reload, which takes 4 s.
        server.cli(&[
            "CONFIG",
            "SET",
            "loading-process-events-interval-bytes",
            "1024",
        ]);
        server.cli(&["CONFIG", "SET", "key-load-delay", "500"]);
        let url = server.url();
        thread::spawn(move || {
            let mut connection = redis::Client::open(url).unwrap().get_connection().unwrap();
            let _: redis::RedisResult<()> =
                redis::cmd("DEBUG").arg("RELOAD").query(&mut connection);
        });
        server.wait_for_answer("PING", "-LOADING");
    };
    let wait = |server: &mut Server| server.wait_for_answer("PING", "+PONG");
    assert_survives(&mut server, reload, wait).await;
}

#[tokio::test]
async fn flushed_scripts_are_loaded_again() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    let test = new_test();
    let replicas = replicas(&test, &server.url()).await;
    for _ in 0..5 {
        server.cli(&["SCRIPT", "FLUSH"]);
        send_messages(&replicas, "c-1").await;
        let report = test.tracker().flush(crate::common::TIMEOUT).await;
        assert!(report.complete);
    }
    let store = RedisStore::connect(server.url()).await.unwrap();
    assert_end(&test, &replicas, &store, 10).await;
    assert_eq!(test.tracker().ledger().store_errors, 0);
}

#[tokio::test]
async fn a_key_of_another_application_blocks_one_conversation() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    let test = new_test();
    let replicas = replicas(&test, &server.url()).await;
    let key = "copilot-track:1:{c-other}";
    server.cli(&["SET", key, "a string"]);
    // The scripts are unknown, too.
    server.cli(&["SCRIPT", "FLUSH"]);
    let other = replicas[0].open("other", user()).await.unwrap();
    other.message_sent("Hello");
    wait_until("the update is refused", || {
        test.tracker().ledger().store_errors >= 5
    })
    .await;
    send_messages(&replicas, "c-1").await;
    let store = RedisStore::connect(server.url()).await.unwrap();
    wait_until_stored(&store, "c-1", 2).await;
    assert!(replicas[0].end("c-1"));
    let ended = test.event("Conversation Ended");
    ended.assert_property("message_count", 2);
    assert_eq!(server.cli(&["GET", key]).as_deref(), Some("a string"));
    // The update is kept for at least a minute.
    server.cli(&["DEL", key]);
    wait_until_stored(&store, "other", 1).await;
    assert_eq!(test.tracker().ledger().refused_updates, 0);
}

#[tokio::test]
async fn lost_conversations_start_again() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    let test = new_test();
    let replicas = replicas(&test, &server.url()).await;
    send_messages(&replicas, "c-1").await;
    assert!(test.tracker().flush(crate::common::TIMEOUT).await.complete);
    // An operator deletes the data, or a server that evicts keys does.
    server.cli(&["FLUSHALL"]);
    send_messages(&replicas, "c-1").await;
    let store = RedisStore::connect(server.url()).await.unwrap();
    wait_until_stored(&store, "c-1", 2).await;
    assert!(replicas[0].end("c-1"));
    // The store counts what it knows. No message is invented.
    let ended = test.event("Conversation Ended");
    ended.assert_property("message_count", 2);
}

#[tokio::test]
async fn errors_are_short() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    let store = RedisStore::connect(server.url()).await.unwrap();
    server.cli(&["CONFIG", "SET", "maxmemory", "1"]);
    let updates: Vec<_> = (0..1_000)
        .map(|number| {
            let id = copilot_track::ConversationId::new(format!("c-{number}")).unwrap();
            crate::update(&id, "m-1")
        })
        .collect();
    let error = copilot_track::store::ConversationStore::apply(&store, &updates).await;
    let error = error.unwrap_err().to_string();
    assert!(error.contains("OOM") && error.len() < 500, "{error}");
}
