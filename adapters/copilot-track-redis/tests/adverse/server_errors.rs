//! Servers that answer with errors.

use std::thread;

use copilot_track::Conversations;
use copilot_track::testing::TestTracker;
use copilot_track_redis::RedisStore;

use crate::common::{Server, TIMEOUT, wait_until, wait_until_stored};
use crate::{assert_end, new_test, replicas, send_messages, user};

/// A server, and two replicas that use it.
struct Setup {
    test: TestTracker,
    replicas: [Conversations; 2],
    /// A store that no replica uses.
    store: RedisStore,
    server: Server,
}

impl Setup {
    /// Starts a server with further arguments. Returns `None` if redis-server is not installed.
    async fn start(args: &[&str]) -> Option<Self> {
        let server = Server::start(args)?;
        let test = new_test();
        Some(Self {
            replicas: replicas(&test, &server.url()).await,
            store: RedisStore::connect(server.url()).await.unwrap(),
            test,
            server,
        })
    }

    /// Sends a message on each replica.
    async fn send_messages(&self) {
        send_messages(&self.replicas, "c-1").await;
    }

    /// Writes all changes.
    async fn flush(&self) {
        assert!(self.test.tracker().flush(TIMEOUT).await.complete);
    }

    /// Ends the conversation once the store has all of its messages, and checks their number.
    async fn assert_end(&self, messages: u64) {
        assert_end(&self.test, &self.replicas, &self.store, messages).await;
    }

    /// Sends messages before, while, and after the server answers with errors, and checks that all
    /// of them count once.
    async fn assert_survives(
        mut self,
        break_it: impl FnOnce(&mut Server),
        repair_it: impl FnOnce(&mut Server),
    ) {
        self.send_messages().await;
        let errors = self.test.tracker().ledger().store_errors;
        break_it(&mut self.server);
        self.send_messages().await;
        wait_until("the store fails", || {
            self.test.tracker().ledger().store_errors > errors
        })
        .await;
        repair_it(&mut self.server);
        self.send_messages().await;
        self.assert_end(6).await;
        assert_eq!(self.test.tracker().ledger().refused_updates, 0);
    }
}

#[tokio::test]
async fn a_full_memory_loses_nothing() {
    let Some(setup) = Setup::start(&[]).await else {
        return;
    };
    setup
        .assert_survives(
            |server| drop(server.cli(&["CONFIG", "SET", "maxmemory", "1"])),
            |server| drop(server.cli(&["CONFIG", "SET", "maxmemory", "0"])),
        )
        .await;
}

#[tokio::test]
async fn a_server_that_becomes_a_replica_loses_nothing() {
    let Some(setup) = Setup::start(&["--replica-read-only", "yes"]).await else {
        return;
    };
    setup
        .assert_survives(
            |server| drop(server.cli(&["REPLICAOF", "127.0.0.1", "1"])),
            |server| drop(server.cli(&["REPLICAOF", "NO", "ONE"])),
        )
        .await;
}

#[tokio::test]
async fn a_server_that_wants_a_password_loses_nothing() {
    let Some(setup) = Setup::start(&[]).await else {
        return;
    };
    setup
        .assert_survives(
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
    let Some(setup) = Setup::start(&["--busy-reply-threshold", "1"]).await else {
        return;
    };
    let url = setup.server.url();
    let survives = setup.assert_survives(
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
    );
    survives.await;
}

#[tokio::test]
async fn a_server_that_loads_its_data_loses_nothing() {
    let args = ["--enable-debug-command", "yes"];
    let Some(setup) = Setup::start(&args).await else {
        return;
    };
    setup.server.cli(&["DEBUG", "POPULATE", "8000"]);
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
    setup.assert_survives(reload, wait).await;
}

#[tokio::test]
async fn flushed_scripts_are_loaded_again() {
    let Some(setup) = Setup::start(&[]).await else {
        return;
    };
    for _ in 0..5 {
        setup.server.cli(&["SCRIPT", "FLUSH"]);
        setup.send_messages().await;
        setup.flush().await;
    }
    setup.assert_end(10).await;
    assert_eq!(setup.test.tracker().ledger().store_errors, 0);
}

#[tokio::test]
async fn a_key_of_another_application_blocks_one_conversation() {
    let Some(setup) = Setup::start(&[]).await else {
        return;
    };
    let key = "copilot-track:1:{c-other}";
    setup.server.cli(&["SET", key, "a string"]);
    // The scripts are unknown, too.
    setup.server.cli(&["SCRIPT", "FLUSH"]);
    let other = setup.replicas[0].open("other", user()).await.unwrap();
    other.message_sent("Hello");
    wait_until("the update is refused", || {
        setup.test.tracker().ledger().store_errors >= 5
    })
    .await;
    setup.send_messages().await;
    wait_until_stored(&setup.store, "c-1", 2).await;
    assert!(setup.replicas[0].end("c-1"));
    let ended = setup.test.event("Conversation Ended");
    ended.assert_property("message_count", 2);
    assert_eq!(setup.server.cli(&["GET", key]).as_deref(), Some("a string"));
    // The update is kept for at least a minute.
    setup.server.cli(&["DEL", key]);
    wait_until_stored(&setup.store, "other", 1).await;
    assert_eq!(setup.test.tracker().ledger().refused_updates, 0);
}

#[tokio::test]
async fn lost_conversations_start_again() {
    let Some(setup) = Setup::start(&[]).await else {
        return;
    };
    setup.send_messages().await;
    setup.flush().await;
    // An operator deletes the data, or a server that evicts keys does.
    setup.server.cli(&["FLUSHALL"]);
    setup.send_messages().await;
    wait_until_stored(&setup.store, "c-1", 2).await;
    assert!(setup.replicas[0].end("c-1"));
    // The store counts what it knows. No message is invented.
    let ended = setup.test.event("Conversation Ended");
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
