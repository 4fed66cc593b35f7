//! Tests that the size limit bounds the memory of the program.

use serde_json::{Value, json};

use crate::{
    program::Program,
    support::{json_of, message},
};

const LIMIT_BYTES: u64 = 32 << 20;

/// Returns the resident memory of a process, in bytes.
fn resident_bytes(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    let kilobytes = line.unwrap().split_whitespace().nth(1).unwrap();
    kilobytes.parse::<u64>().unwrap() * 1024
}

/// Sends events until some are evicted, and returns by how much the program's memory grows.
async fn growth(call: impl Fn(usize) -> Value) -> u64 {
    let limit = LIMIT_BYTES.to_string();
    let mut program = Program::start(&["--listen", "127.0.0.1:0", "--max-bytes", &limit]);
    let url = program.url();
    let client = reqwest::Client::new();
    let before = resident_bytes(program.id());
    for batch in 0.. {
        let calls: Vec<_> = (0..200).map(|index| call(batch * 200 + index)).collect();
        let body = json!({"writeKey": "key", "batch": calls}).to_string();
        let sent = client.post(format!("{url}/v1/batch")).body(body);
        assert_eq!(sent.send().await.unwrap().status(), 200);
        let state = client.get(format!("{url}/api/state")).send().await.unwrap();
        let state = json_of(state).await;
        if state["evicted"].as_u64() > Some(2_000) {
            break;
        }
    }
    resident_bytes(program.id()).saturating_sub(before)
}

#[tokio::test]
async fn resident_memory_is_within_a_quarter_of_the_limit() {
    let short = |number: usize| message(number, &format!("conversation {}", number / 10));
    let single = |number: usize| message(number, &format!("conversation {number}"));
    for grown in [growth(short).await, growth(single).await] {
        assert!(grown < LIMIT_BYTES * 5 / 4, "{grown}");
        assert!(grown > LIMIT_BYTES * 3 / 4, "{grown}");
    }
}
