//! A primary and a replica that a sentinel monitors.

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use copilot_track::TrackEvent as _;
use copilot_track::spec::MessageSent;
use copilot_track_redis::RedisStore;

use crate::common::{Server, TIMEOUT, free_port, wait_until, wait_until_stored};
use crate::{new_test, replicas, send_messages, user};

struct Sentinel {
    process: Child,
    port: u16,
}

impl Sentinel {
    fn start(primary: &Server) -> Self {
        let port = free_port();
        let path = primary.directory().join("sentinel.conf");
        let configuration = format!(
            "port {port}\nbind 127.0.0.1\ndir {}\n\
             sentinel monitor main 127.0.0.1 {} 1\n\
             sentinel down-after-milliseconds main 500\n\
             sentinel failover-timeout main 5000\n",
            primary.directory().display(),
            primary.port(),
        );
        std::fs::write(&path, configuration).unwrap();
        let process = Command::new("redis-server")
            .arg(&path)
            .arg("--sentinel")
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        Self { process, port }
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

#[tokio::test]
async fn writes_continue_after_a_failover() {
    let Some(mut primary) = Server::start(&[]) else {
        return;
    };
    let port = primary.port().to_string();
    let replica = Server::start(&["--replicaof", &format!("127.0.0.1 {port}")]).unwrap();
    let sentinel = Sentinel::start(&primary);
    wait_until("the sentinel knows the replica", || {
        sentinel.field("num-slaves").as_deref() == Some("1")
            && sentinel.field("flags").as_deref() == Some("master")
    })
    .await;
    let test = new_test();
    let url = format!("redis+sentinel://127.0.0.1:{}/main/0", sentinel.port);
    let replicas = replicas(&test, &url).await;
    send_messages(&replicas, "c-1").await;
    let message = || MessageSent::new("Hello").message_id("m-1");
    let conversation = replicas[0].open("c-1", user()).await.unwrap();
    conversation.track(message());
    assert!(test.tracker().flush(TIMEOUT).await.complete);
    wait_until("the replica has all writes", || {
        primary.cli(&["WAIT", "1", "1000"]).as_deref() == Some("1")
    })
    .await;

    primary.kill();
    send_messages(&replicas, "c-1").await;
    wait_until("the replica is the primary", || {
        sentinel.field("port") == Some(replica.port().to_string())
    })
    .await;
    // The client did not get the answer, and sends the message to the other replica.
    let conversation = replicas[1].open("c-1", user()).await.unwrap();
    conversation.track(message());
    let store = RedisStore::connect(&url).await.unwrap();
    wait_until_stored(&store, "c-1", 5).await;
    assert!(replicas[0].end("c-1"));
    wait_until("the conversation ends", || {
        !test.events_named("Conversation Ended").is_empty()
    })
    .await;

    // The old primary becomes a replica. Nothing is written to it. The sentinel would send the same
    // command, but only after it has watched the server for several seconds, or for half a minute
    // on a slow machine.
    primary.restart();
    let replica_port = replica.port().to_string();
    primary.cli(&["REPLICAOF", "127.0.0.1", &replica_port]);
    wait_until("the old primary is a replica", || {
        let role = primary.cli(&["INFO", "replication"]);
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
