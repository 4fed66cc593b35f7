//! Kills the program while it writes to a database.

use std::{
    collections::{BTreeMap, BTreeSet},
    hash::{BuildHasher as _, RandomState},
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use reqwest::Client;
use rusqlite::Connection;
use serde_json::{Value, json};
use tokio::{task::JoinSet, time::sleep};

use crate::{
    program::Program,
    support::{TIMEOUT, message},
};

const KILLS: usize = 10;
const SENDERS: usize = 4;
const BATCH_SIZE: usize = 20;

#[derive(Clone, Default)]
struct Sent {
    /// The number of batches that were sent, across all restarts.
    batches: Arc<AtomicUsize>,
    /// The batches that the server accepted with status 200.
    accepted: Arc<Mutex<BTreeSet<usize>>>,
}

impl Sent {
    fn accepted(&self) -> usize {
        self.accepted.lock().unwrap().len()
    }

    /// Sends batches until the server stops responding.
    async fn load(self, url: String) {
        let client = Client::new();
        loop {
            let batch = self.batches.fetch_add(1, Relaxed);
            let calls: Vec<_> = (0..BATCH_SIZE)
                .map(|index| {
                    let mut call = message(index, &format!("c{}", batch % 7));
                    call["messageId"] = format!("{batch}/{index}").into();
                    call
                })
                .collect();
            let response = client
                .post(format!("{url}/v1/batch"))
                .basic_auth("a-write-key", Some(""))
                .body(json!({ "batch": calls }).to_string())
                .send();
            match response.await {
                Ok(response) => {
                    assert_eq!(response.status(), 200);
                    self.accepted.lock().unwrap().insert(batch);
                }
                Err(_) => return,
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn accepted_events_survive_a_kill_exactly_once() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("events.db");
    let sent = Sent::default();
    let random_state = RandomState::new();
    for kill in 0..KILLS {
        let mut program = start(&file);
        let url = program.url();
        check(&url, &sent).await;
        let before = sent.accepted();
        let mut senders = JoinSet::new();
        for _ in 0..SENDERS {
            senders.spawn(sent.clone().load(url.clone()));
        }
        let start_time = Instant::now();
        while sent.accepted() == before {
            assert!(start_time.elapsed() < TIMEOUT, "no batch was accepted");
            sleep(Duration::from_millis(1)).await;
        }
        // Kill the program at a random time.
        sleep(Duration::from_micros(random_state.hash_one(kill) % 150_000)).await;
        program.kill();
        while let Some(sender) = senders.join_next().await {
            sender.unwrap();
        }
    }
    let mut program = start(&file);
    check(&program.url(), &sent).await;
    program.kill();
    let database = Connection::open(&file).unwrap();
    let integrity: String = database
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .unwrap();
    assert_eq!(integrity, "ok");
}

fn start(file: &Path) -> Program {
    Program::start(&["--listen", "127.0.0.1:0", "--db", file.to_str().unwrap()])
}

/// Compares what the server has stored with what was sent and what was accepted.
async fn check(url: &str, sent: &Sent) {
    let get = async |path: &str| {
        let response = reqwest::get(format!("{url}{path}")).await.unwrap();
        assert_eq!(response.status(), 200, "{path}");
        response.text().await.unwrap()
    };
    let mut batches: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
    let mut events = 0_usize;
    for line in get("/api/export").await.lines() {
        let event: Value = serde_json::from_str(line).unwrap();
        events += 1;
        // Sequence numbers are consecutive, even across restarts.
        assert_eq!(event["seq"], events);
        let (batch, index) = event["envelopeId"]
            .as_str()
            .unwrap()
            .split_once('/')
            .unwrap();
        let is_new = batches
            .entry(batch.parse().unwrap())
            .or_default()
            .insert(index.parse().unwrap());
        assert!(is_new, "duplicate: {event}");
        assert_eq!(event["verdict"]["status"], "ok", "{event}");
    }
    for (batch, indices) in &batches {
        assert!(*batch < sent.batches.load(Relaxed), "never sent: {batch}");
        assert_eq!(
            indices.len(),
            BATCH_SIZE,
            "a batch was stored in part: {batch}"
        );
    }
    for batch in &*sent.accepted.lock().unwrap() {
        assert!(batches.contains_key(batch), "accepted and lost: {batch}");
    }
    let state: Value = serde_json::from_str(&get("/api/state").await).unwrap();
    assert_eq!(state["events"], events);
    // The event counts of all conversations add up to the number of stored events.
    let list: Value = serde_json::from_str(&get("/api/conversations").await).unwrap();
    let conversations = list["conversations"].as_array().unwrap();
    let counts = conversations
        .iter()
        .map(|conversation| conversation["events"].as_u64().unwrap());
    assert_eq!(counts.sum::<u64>(), events as u64);
}
