//! Tests that the live stream sends each event once and in order, across reconnects and under load.

use std::collections::VecDeque;

use copilot_track_inspector::{Chaos, Fault, Inspector};
use reqwest::{Method, Response};
use serde_json::{Value, json};

use crate::support::{TIMEOUT, TestInspector, each_store, message, start_with};

/// A client of the live stream.
struct Watcher {
    response: Response,
    rest: Vec<u8>,
    ready: VecDeque<(String, Option<u64>, Value)>,
}

impl Watcher {
    async fn open(running: &TestInspector, after: Option<u64>) -> Self {
        let mut request = running
            .client
            .get(format!("{}/api/live", running.inspector.url()));
        if let Some(after) = after {
            request = request.header("last-event-id", after);
        }
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self {
            response,
            rest: Vec::new(),
            ready: VecDeque::new(),
        }
    }

    async fn next(&mut self) -> (String, Option<u64>, Value) {
        loop {
            if let Some(message) = self.ready.pop_front() {
                return message;
            }
            let chunk = tokio::time::timeout(TIMEOUT, self.response.chunk())
                .await
                .unwrap();
            self.rest.extend_from_slice(&chunk.unwrap().unwrap());
            while let Some(end) = self.rest.windows(2).position(|pair| pair == b"\n\n") {
                let message: Vec<u8> = self.rest.drain(..end + 2).collect();
                let message = String::from_utf8(message).unwrap();
                let field = |name| message.lines().find_map(|line| line.strip_prefix(name));
                let Some(event) = field("event: ") else {
                    continue;
                };
                self.ready.push_back((
                    event.to_owned(),
                    field("id: ").map(|id| id.parse().unwrap()),
                    serde_json::from_str(field("data: ").unwrap()).unwrap(),
                ));
            }
        }
    }

    /// Returns the next message of the given kind.
    async fn next_of(&mut self, kind: &str) -> (Option<u64>, Value) {
        // The server keeps sending comments, so a timeout for each read would not end the search.
        let found = async {
            loop {
                let (event, id, data) = self.next().await;
                if event == kind {
                    return (id, data);
                }
            }
        };
        tokio::time::timeout(TIMEOUT, found).await.unwrap()
    }

    async fn next_numbers(&mut self) -> Vec<u64> {
        let (id, data) = self.next_of("events").await;
        let numbers = crate::support::numbers(&data);
        assert!(numbers.len() <= 256);
        assert_eq!(id, numbers.last().copied());
        numbers
    }
}

#[tokio::test]
async fn a_watcher_receives_events_faults_and_resets() {
    for running in each_store(Inspector::builder).await {
        running.batch(&[message(1, "before")]).await;
        let mut watcher = Watcher::open(&running, None).await;
        assert_eq!(watcher.next_of("state").await.1["lastSeq"], 1);
        running.batch(&[message(1, "c"), message(2, "c")]).await;
        let (id, data) = watcher.next_of("events").await;
        assert_eq!(id, Some(3));
        let event = &data["events"][0];
        assert_eq!(event["text"], "This is message 1");
        assert_eq!(event["properties"], json!({"role": "customer"}));
        assert!(event.get("raw").is_none());
        running
            .inspector
            .set_chaos(Chaos::always(Fault::Drop))
            .unwrap();
        assert_eq!(watcher.next_of("chaos").await.1["enabled"], true);
        running.inspector.reset().await.unwrap();
        watcher.next_of("reset").await;
        running.inspector.set_chaos(None).unwrap();
        running.batch(&[message(3, "c")]).await;
        assert_eq!(watcher.next_numbers().await, [4]);
        assert_eq!(watcher.next_of("state").await.1["events"], 1);
    }
}

#[tokio::test]
async fn each_event_is_sent_once_across_reconnects_under_load() {
    const SENDERS: usize = 4;
    const BATCHES: usize = 40;
    const BATCH: usize = 50;
    for running in each_store(Inspector::builder).await {
        let running = std::sync::Arc::new(running);
        let senders: Vec<_> = (0..SENDERS)
            .map(|sender| {
                let running = std::sync::Arc::clone(&running);
                tokio::spawn(async move {
                    for batch in 0..BATCHES {
                        let id = format!("{sender}-{batch}");
                        let calls: Vec<_> = (0..BATCH).map(|number| message(number, &id)).collect();
                        running.batch(&calls).await;
                    }
                })
            })
            .collect();
        let all = SENDERS * BATCHES * BATCH;
        let mut seen: Vec<u64> = Vec::new();
        while seen.len() < all {
            let mut watcher =
                Watcher::open(&running, Some(seen.last().copied().unwrap_or(0))).await;
            // The client disconnects after every few messages.
            for _ in 0..3 {
                seen.extend(watcher.next_numbers().await);
                if seen.len() >= all {
                    break;
                }
            }
        }
        let expected: Vec<u64> = (1..=all as u64).collect();
        assert_eq!(seen, expected);
        for sender in senders {
            sender.await.unwrap();
        }
    }
}

#[tokio::test]
async fn a_watcher_that_lags_receives_a_gap() {
    for running in each_store(|| Inspector::builder().max_events(10)).await {
        for number in 0..30 {
            running.batch(&[message(number, "c")]).await;
        }
        let mut watcher = Watcher::open(&running, Some(5)).await;
        let (_, gap) = watcher.next_of("gap").await;
        assert_eq!(gap, json!({"from": 6, "to": 20}));
        assert_eq!(watcher.next_numbers().await, (21..=30).collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn a_watcher_from_an_earlier_run_starts_from_the_beginning() {
    let running = start_with(Inspector::builder()).await;
    running.batch(&[message(1, "c")]).await;
    let mut watcher = Watcher::open(&running, Some(1_000)).await;
    watcher.next_of("reset").await;
    assert_eq!(watcher.next_numbers().await, [1]);
}

#[tokio::test]
async fn the_number_of_watchers_is_limited() {
    let running = start_with(Inspector::builder()).await;
    let mut watchers = Vec::new();
    for _ in 0..64 {
        watchers.push(Watcher::open(&running, None).await);
    }
    assert_eq!(running.inspector.watchers(), 64);
    assert_eq!(running.status_of("/api/live").await, 503);
    drop(watchers);
    while running.inspector.watchers() == 64 {
        tokio::task::yield_now().await;
    }
    let response = running
        .request(Method::GET, "/api/live")
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 200);
}

#[tokio::test]
async fn a_watcher_is_notified_of_deleted_conversations() {
    for running in each_store(Inspector::builder).await {
        running.batch(&[message(1, "a"), message(1, "b")]).await;
        let mut watcher = Watcher::open(&running, None).await;
        running.inspector.delete_conversation("a").await.unwrap();
        let (_, deleted) = watcher.next_of("deleted").await;
        assert_eq!(deleted, json!({"conversation": "a", "upTo": 2}));
        running.batch(&[message(2, "a")]).await;
        assert_eq!(watcher.next_numbers().await, [3]);
    }
}
