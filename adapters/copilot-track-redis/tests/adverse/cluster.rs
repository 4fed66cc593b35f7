//! A cluster of three nodes.

use std::time::Instant;

use copilot_track::{ConversationId, Conversations};
use copilot_track_redis::RedisStore;

use crate::certificates::Certificates;
use crate::common::{Server, TIMEOUT, free_port, wait_until, wait_until_stored};
use crate::{new_test, replicas, send_messages, user};

pub(crate) struct Cluster {
    nodes: Vec<Server>,
    /// The ports that clients use.
    ports: Vec<u16>,
    scheme: &'static str,
}

impl Cluster {
    /// Starts a cluster. Returns `None` if redis-server is not installed.
    pub(crate) fn start() -> Option<Self> {
        Self::start_with(None)
    }

    /// Starts a cluster. With certificates, it uses TLS.
    pub(crate) fn start_with(certificates: Option<&Certificates>) -> Option<Self> {
        let mut cluster = Self {
            nodes: Vec::new(),
            ports: Vec::new(),
            scheme: if certificates.is_some() {
                "rediss"
            } else {
                "redis"
            },
        };
        for _ in 0..3 {
            let port = free_port();
            let tls = certificates.map(|certificates| certificates.args(port));
            let tls: Vec<_> = tls.iter().flatten().map(String::as_str).collect();
            let node = Server::start_node(&tls)?;
            let port = certificates.map_or(node.port(), |_| port);
            cluster.ports.push(port);
            cluster.nodes.push(node);
        }
        for (number, slots) in [("0", "5460"), ("5461", "10922"), ("10923", "16383")]
            .into_iter()
            .enumerate()
        {
            let node = &cluster.nodes[number];
            node.cli(&["CONFIG", "SET", "cluster-require-full-coverage", "no"]);
            node.cli(&["CONFIG", "SET", "cluster-node-timeout", "1000"]);
            node.cli(&["CLUSTER", "ADDSLOTSRANGE", slots.0, slots.1]);
            node.cli(&["CLUSTER", "SET-CONFIG-EPOCH", &(number + 1).to_string()]);
        }
        for (node, port) in cluster.nodes.iter().zip(&cluster.ports).skip(1) {
            let bus = node.cli_config("cluster-port");
            let port = port.to_string();
            cluster.nodes[0].cli(&["CLUSTER", "MEET", "127.0.0.1", &port, &bus]);
        }
        cluster.wait_until_ready();
        Some(cluster)
    }

    fn wait_until_ready(&self) {
        let start = Instant::now();
        let is_ready = |node: &Server| {
            let info = node.cli(&["CLUSTER", "INFO"]).unwrap_or_default();
            info.contains("cluster_state:ok") && info.contains("cluster_slots_ok:16384")
        };
        while !self.nodes.iter().all(is_ready) {
            assert!(start.elapsed() < TIMEOUT, "the cluster does not start");
            std::thread::yield_now();
        }
    }

    pub(crate) fn url(&self) -> String {
        let hosts = self.ports.iter().map(|port| format!("127.0.0.1:{port}"));
        let hosts = hosts.collect::<Vec<_>>().join(",");
        format!("{}+cluster://{hosts}", self.scheme)
    }

    /// Kills all nodes, and starts them again.
    #[cfg(feature = "rustls")]
    pub(crate) fn restart_nodes(&mut self) {
        for node in &mut self.nodes {
            node.kill();
            node.restart();
        }
        self.wait_until_ready();
    }

    fn slot(&self, key: &str) -> u32 {
        let slot = self.nodes[0].cli(&["CLUSTER", "KEYSLOT", key]).unwrap();
        slot.parse().unwrap()
    }

    /// Returns the number of the node that had a slot at the start.
    fn owner(&self, key: &str) -> usize {
        (self.slot(key) / 5_461) as usize
    }
}

fn key(id: &str) -> String {
    format!("copilot-track:1:{{c-{id}}}")
}

#[tokio::test]
async fn slots_can_move_while_replicas_write() {
    let Some(cluster) = Cluster::start() else {
        return;
    };
    let test = new_test();
    let replicas = replicas(&test, &cluster.url()).await;
    send_messages(&replicas, "c-1").await;
    assert!(test.tracker().flush(TIMEOUT).await.complete);

    let key = key("c-1");
    let slot = cluster.slot(&key).to_string();
    let source = &cluster.nodes[cluster.owner(&key)];
    let target = &cluster.nodes[(cluster.owner(&key) + 1) % 3];
    let id = |node: &Server| node.cli(&["CLUSTER", "MYID"]).unwrap();
    target.cli(&["CLUSTER", "SETSLOT", &slot, "IMPORTING", &id(source)]);
    source.cli(&["CLUSTER", "SETSLOT", &slot, "MIGRATING", &id(target)]);
    let port = target.port().to_string();
    let migrate = |key: &str| {
        let moved = source.cli(&["MIGRATE", "127.0.0.1", &port, key, "0", "10000"]);
        assert_eq!(moved.as_deref(), Some("OK"), "{key}");
    };
    // The keys of the conversation are on two nodes: TRYAGAIN.
    migrate(&key);
    send_messages(&replicas, "c-1").await;
    // All keys are on the target: ASK.
    migrate(&format!("{key}:known"));
    send_messages(&replicas, "c-1").await;
    assert!(test.tracker().flush(TIMEOUT).await.complete);
    // The slot has moved: MOVED.
    for node in [target, source] {
        node.cli(&["CLUSTER", "SETSLOT", &slot, "NODE", &id(target)]);
    }
    send_messages(&replicas, "c-1").await;
    let store = RedisStore::connect(cluster.url()).await.unwrap();
    wait_until_stored(&store, "c-1", 8).await;
    assert!(replicas[0].end("c-1"));
    let ended = test.event("Conversation Ended");
    ended.assert_property("message_count", 8);
}

#[tokio::test]
async fn a_node_that_is_down_blocks_only_its_conversations() {
    let Some(mut cluster) = Cluster::start() else {
        return;
    };
    let test = new_test();
    let replicas = replicas(&test, &cluster.url()).await;
    // Each node has one conversation, whose part of the index may be on another node.
    let mut ids = Vec::new();
    for node in 0..3 {
        let numbers = (0..).map(|number| format!("c-{number}"));
        let id = numbers
            .into_iter()
            .find(|id| cluster.owner(&key(id)) == node);
        ids.push(id.unwrap());
    }
    for id in &ids {
        send_messages(&replicas, id).await;
    }
    assert!(test.tracker().flush(TIMEOUT).await.complete);
    cluster.nodes[2].kill();
    for id in &ids {
        send_messages(&replicas, id).await;
    }
    wait_until("the store fails", || {
        test.tracker().ledger().store_errors > 0
    })
    .await;
    cluster.nodes[2].restart();
    cluster.wait_until_ready();
    let store = RedisStore::connect(cluster.url()).await.unwrap();
    for id in &ids {
        send_messages(&replicas, id).await;
        wait_until_stored(&store, id, 6).await;
        assert!(replicas[1].end(id));
    }
    drop(replicas);
    let ended = test.events_named("Conversation Ended");
    assert_eq!(ended.len(), 3);
    for event in ended {
        event.assert_property("message_count", 6);
    }
    assert_eq!(test.ledger().refused_updates, 0);
}

#[tokio::test]
async fn conversations_are_ended_on_all_nodes() {
    let Some(cluster) = Cluster::start() else {
        return;
    };
    let test = new_test();
    let store = RedisStore::connect(cluster.url()).await.unwrap();
    let conversations = Conversations::builder(test.tracker())
        .store(store)
        .end_after_idle(std::time::Duration::from_millis(500))
        .build();
    for number in 0..50 {
        let id = ConversationId::new(format!("c-{number}")).unwrap();
        let conversation = conversations.open(id, user()).await.unwrap();
        conversation.message_sent("Hello");
    }
    wait_until("all conversations end", || {
        test.events_named("Conversation Ended").len() >= 50
    })
    .await;
    drop(conversations);
    let ids = test.events_named("Conversation Ended");
    let ids: std::collections::HashSet<_> = ids
        .iter()
        .map(|event| event.json()["messageId"].to_string())
        .collect();
    assert_eq!(ids.len(), 50);
}
