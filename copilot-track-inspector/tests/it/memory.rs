//! Tests that the size limit bounds the memory of the program.

use serde_json::{Value, json};

use crate::{
    program::Program,
    support::{json_of, message},
};

const LIMIT_BYTES: u64 = 32 << 20;
/// The maximum number of calls in a request, and about the maximum size of its body.
const MAX_CALLS: usize = 200;
const MAX_BODY_BYTES: usize = 300_000;

/// Returns the resident memory of a process, in bytes.
fn resident_bytes(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    let kilobytes = line.unwrap().split_whitespace().nth(1).unwrap();
    kilobytes.parse::<u64>().unwrap() * 1024
}

/// Sends events to a program with these further options until more than `evicted` events are
/// evicted. Returns by how much the program's memory grows.
async fn growth(options: &[&str], evicted: u64, call: impl Fn(usize) -> Value) -> u64 {
    let limit = LIMIT_BYTES.to_string();
    let arguments = [&["--listen", "127.0.0.1:0", "--max-bytes", &limit], options].concat();
    let mut program = Program::start(&arguments);
    let url = program.url();
    let client = reqwest::Client::new();
    let before = resident_bytes(program.id());
    let mut numbers = 0..;
    loop {
        let mut calls = Vec::new();
        let mut bytes = 0;
        for number in numbers.by_ref().take(MAX_CALLS) {
            let call = call(number).to_string();
            bytes += call.len();
            calls.push(call);
            if bytes > MAX_BODY_BYTES {
                break;
            }
        }
        let body = format!(r#"{{"writeKey":"key","batch":[{}]}}"#, calls.join(","));
        let sent = client.post(format!("{url}/v1/batch")).body(body);
        assert_eq!(sent.send().await.unwrap().status(), 200);
        let state = client.get(format!("{url}/api/state")).send().await.unwrap();
        if json_of(state).await["evicted"].as_u64() > Some(evicted) {
            break;
        }
    }
    resident_bytes(program.id()).saturating_sub(before)
}

/// Returns a message in a conversation of ten, with a body of this size.
fn message_of(number: usize, body_bytes: usize) -> Value {
    let mut call = message(number, &format!("conversation {}", number / 10));
    call["properties"]["message_body"] = json!("x".repeat(body_bytes));
    call
}

fn assert_within_a_quarter(grown: u64) {
    assert!(grown < LIMIT_BYTES * 5 / 4, "{grown}");
    assert!(grown > LIMIT_BYTES * 3 / 4, "{grown}");
}

#[tokio::test]
async fn resident_memory_is_within_a_quarter_of_the_limit() {
    let short = |number: usize| message(number, &format!("conversation {}", number / 10));
    let single = |number: usize| message(number, &format!("conversation {number}"));
    for grown in [
        growth(&[], 2_000, short).await,
        growth(&[], 2_000, single).await,
    ] {
        assert_within_a_quarter(grown);
    }
}

#[tokio::test]
async fn resident_memory_is_within_a_quarter_of_the_limit_for_large_events() {
    assert_within_a_quarter(growth(&[], 2_000, |number| message_of(number, 20_000)).await);
}

#[tokio::test]
async fn resident_memory_is_within_a_quarter_of_the_limit_for_events_of_different_sizes() {
    let mixed = |number: usize| message_of(number, number * 7_919 % 8_000);
    assert_within_a_quarter(growth(&[], 5_000, mixed).await);
    // The memory of large events is used again for small ones.
    let large_then_small =
        |number: usize| message_of(number, if number < 2_000 { 20_000 } else { 10 });
    assert_within_a_quarter(growth(&[], 2_500, large_then_small).await);
}

#[tokio::test]
async fn a_database_does_not_need_more_resident_memory_for_more_events() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("events.db");
    let options = ["--db", file.to_str().unwrap()];
    let large = |number: usize| message_of(number, 20_000);
    // The program keeps the newest 16 MiB of events and 8 MiB of pages in memory.
    for evicted in [500, 1_500] {
        let grown = growth(&options, evicted, large).await;
        assert!(grown < 64 << 20, "{grown}");
    }
}
