//! A primary and a replica that a sentinel monitors.

use std::fmt::Write as _;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use copilot_track::TrackEvent as _;
use copilot_track::spec::MessageSent;
use copilot_track_redis::{RedisStore, RedisStoreOptions};

use crate::certificates::Certificates;
use crate::common::{TIMEOUT, free_port, wait_until, wait_until_stored};
use crate::{Node, new_test, replicas_with, send_messages, user};

struct Sentinel {
    process: Child,
    port: u16,
    /// The port that clients use.
    client_port: u16,
}

impl Sentinel {
    fn start(primary: &Node, certificates: Option<&Certificates>) -> Self {
        let port = free_port();
        let directory = primary.server.directory();
        let path = directory.join("sentinel.conf");
        let mut configuration = format!(
            "port {port}\nbind 127.0.0.1\ndir {}\n\
             sentinel monitor main 127.0.0.1 {} 1\n\
             sentinel down-after-milliseconds main 500\n\
             sentinel failover-timeout main 5000\n",
            directory.display(),
            primary.port,
        );
        let mut client_port = port;
        if let Some(certificates) = certificates {
            client_port = free_port();
            for (name, value) in certificates.settings(client_port) {
                writeln!(configuration, "{name} {value}").unwrap();
            }
        }
        std::fs::write(&path, configuration).unwrap();
        let process = Command::new("redis-server")
            .arg(&path)
            .arg("--sentinel")
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        Self {
            process,
            port,
            client_port,
        }
    }

    /// Returns the value of a field of the monitored primary.
    fn field(&self, name: &str) -> Option<String> {
        let client = redis::Client::open(format!("redis://127.0.0.1:{}", self.port)).unwrap();
        let mut connection = client
            .get_connection_with_timeout(Duration::from_secs(10))
            .ok()?;
        let fields: Vec<String> = redis::cmd("SENTINEL")
            .arg("MASTER")
            .arg("main")
            .query(&mut connection)
            .ok()?;
        let mut fields = fields.chunks_exact(2);
        fields
            .find(|field| field[0] == name)
            .map(|field| field[1].clone())
    }
}

impl Drop for Sentinel {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Connects once the sentinel has checked the new primary.
async fn connect(options: &RedisStoreOptions, url: &str) -> RedisStore {
    let start = Instant::now();
    loop {
        match options.clone().connect(url).await {
            Ok(store) => return store,
            Err(error) => assert!(start.elapsed() < TIMEOUT, "{error}"),
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

#[tokio::test]
async fn writes_continue_after_a_failover() {
    assert_survives_failover(None, &RedisStore::options(), "redis").await;
}

/// Checks that no message is lost if a primary fails, and its replica becomes the primary.
pub(crate) async fn assert_survives_failover(
    certificates: Option<&Certificates>,
    options: &RedisStoreOptions,
    scheme: &str,
) {
    let Some(mut primary) = Node::start(certificates, &[]) else {
        return;
    };
    let address = format!("127.0.0.1 {}", primary.port);
    let replica = Node::start(certificates, &["--replicaof", &address]).unwrap();
    let sentinel = Sentinel::start(&primary, certificates);
    wait_until("the sentinel knows the replica", || {
        sentinel.field("num-slaves").as_deref() == Some("1")
            && sentinel.field("flags").as_deref() == Some("master")
    })
    .await;
    let test = new_test();
    let port = sentinel.client_port;
    let url = format!("{scheme}+sentinel://127.0.0.1:{port}/main/0");
    let replicas = replicas_with(&test, options, &url).await;
    send_messages(&replicas, "c-1").await;
    let message = || MessageSent::new("Hello").message_id("m-1");
    let conversation = replicas[0].open("c-1", user()).await.unwrap();
    conversation.track(message());
    assert!(test.tracker().flush(TIMEOUT).await.complete);
    wait_until("the replica has all writes", || {
        primary.server.cli(&["WAIT", "1", "1000"]).as_deref() == Some("1")
    })
    .await;

    primary.server.kill();
    send_messages(&replicas, "c-1").await;
    wait_until("the replica is the primary", || {
        sentinel.field("port") == Some(replica.port.to_string())
    })
    .await;
    // The client did not get the answer, and sends the message to the other replica.
    let conversation = replicas[1].open("c-1", user()).await.unwrap();
    conversation.track(message());
    let store = connect(options, &url).await;
    wait_until_stored(&store, "c-1", 5).await;
    assert!(replicas[0].end("c-1"));
    wait_until("the conversation ends", || {
        !test.events_named("Conversation Ended").is_empty()
    })
    .await;

    // The old primary becomes a replica. Nothing is written to it. The sentinel would send the same
    // command, but only after it has watched the server for several seconds, or for half a minute
    // on a slow machine.
    primary.server.restart();
    let replica_port = replica.port.to_string();
    let command = ["REPLICAOF", "127.0.0.1", &replica_port];
    primary.server.cli(&command);
    wait_until("the old primary is a replica", || {
        let role = primary.server.cli(&["INFO", "replication"]);
        role.is_some_and(|role| role.contains("role:slave"))
    })
    .await;
    send_messages(&replicas, "c-1").await;
    wait_until_stored(&store, "c-1", 7).await;
    assert!(replicas[1].end("c-1"));
    drop((conversation, replicas));
    let ended = test.events_named("Conversation Ended");
    let counts: Vec<_> = ended
        .iter()
        .map(|event| {
            event
                .property("message_count")
                .and_then(serde_json::Value::as_u64)
        })
        .collect();
    assert_eq!(counts, [Some(5), Some(7)]);
    let ledger = test.ledger();
    assert_eq!((ledger.unsaved_messages, ledger.uncounted_ends), (0, 0));
}
