//! Tests of a database that cannot be written to.

use std::path::Path;

use copilot_track_inspector::Inspector;
use reqwest::Client;
use rusqlite::Connection;
use serde_json::{Value, json};

use crate::{
    program::Program,
    support::{json_of, message, numbers, start_with},
};

/// Makes every write to a database fail, as on a full disk.
pub(crate) fn block_writes(file: &Path) {
    let trigger = "CREATE TRIGGER full BEFORE INSERT ON events BEGIN SELECT RAISE(FAIL, 'there is no room'); END";
    Connection::open(file)
        .unwrap()
        .execute_batch(trigger)
        .unwrap();
}

/// Lets writes succeed again.
pub(crate) fn allow_writes(file: &Path) {
    let connection = Connection::open(file).unwrap();
    connection.execute_batch("DROP TRIGGER full").unwrap();
}

#[tokio::test]
async fn events_that_cannot_be_written_are_rejected_with_503() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("events.db");
    let running = start_with(Inspector::builder().database(&file)).await;
    running.batch(&[message(1, "c")]).await;
    assert_eq!(running.get("/api/state").await.get("notWritten"), None);
    let mut live = running
        .client
        .get(format!("{}/api/live", running.inspector.url()))
        .send()
        .await
        .unwrap();

    block_writes(&file);
    for sent in 1..4 {
        let calls = json!({"batch": [message(2, "c"), message(3, "d")]});
        let response = running.post("/v1/batch", calls.to_string()).await;
        assert_eq!(response.status(), 503);
        let response = json_of(response).await;
        assert_eq!(response["success"], false);
        let error = response["error"].as_str().unwrap();
        assert!(error.contains("there is no room"), "{error}");
        let state = running.get("/api/state").await;
        assert_eq!(state["notWritten"]["error"], "there is no room", "{state}");
        assert_eq!(state["notWritten"]["events"], sent * 2);
        assert_eq!(
            (&state["events"], &state["lastSeq"]),
            (&json!(1), &json!(1))
        );
    }
    let import = running
        .post("/api/import", message(4, "c").to_string())
        .await;
    assert_eq!(import.status(), 500);
    // Stored events can still be read, and watchers are notified.
    for path in ["/all", "/api/conversation?id=c", "/conversations/c"] {
        assert_eq!(numbers(&running.get(path).await), [1], "{path}");
    }
    let mut received = String::new();
    while !received.contains(r#""notWritten":{"#) {
        let chunk = live.chunk().await.unwrap().unwrap();
        received.push_str(&String::from_utf8_lossy(&chunk));
    }

    allow_writes(&file);
    running.batch(&[message(2, "c"), message(3, "d")]).await;
    let state = running.get("/api/state").await;
    assert_eq!(state.get("notWritten"), None);
    let all = running.get("/all").await;
    assert_eq!(numbers(&all), [1, 2, 3]);
    for event in all["events"].as_array().unwrap() {
        assert_eq!(event["verdict"]["status"], "ok", "no duplicate: {event}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_program_reports_write_errors_once_and_their_end() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("events.db");
    let mut program = Program::start(&["--listen", "127.0.0.1:0", "--db", file.to_str().unwrap()]);
    let url = program.url();
    let client = Client::new();
    let send = async || {
        let body = json!({"batch": [message(1, "c")]}).to_string();
        let sent = client.post(format!("{url}/v1/batch")).body(body).send();
        sent.await.unwrap().status().as_u16()
    };
    block_writes(&file);
    for _ in 0..5 {
        assert_eq!(send().await, 503);
    }
    let line = program.error_line();
    assert!(
        line.contains("cannot be written (there is no room)"),
        "{line}"
    );
    allow_writes(&file);
    assert_eq!(send().await, 200);
    let line = program.error_line();
    assert!(line.ends_with("events can be written again"), "{line}");
    let state: Value = json_of(reqwest::get(format!("{url}/api/state")).await.unwrap()).await;
    assert_eq!(state["events"], 1);
}
