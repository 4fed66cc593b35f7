//! `copilot-track-e2e`, the program that Segment's end-to-end test suite runs.

use std::process::Command;
use std::time::{Duration, Instant};

use copilot_track_tests::{Behavior, FaultPlan, FaultServer, RecordedRequest, Response};
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// The result of a run.
struct Run {
    output: Value,
    code: Option<i32>,
    took: Duration,
}

impl Run {
    #[track_caller]
    fn assert_success(&self, batches: u64) {
        let expected = json!({ "success": true, "sentBatches": batches });
        assert_eq!((&self.output, self.code), (&expected, Some(0)));
    }

    /// Asserts that the run failed with an error that contains `words`.
    #[track_caller]
    fn assert_failure(&self, words: &str) {
        assert_eq!(self.output["success"], false, "{}", self.output);
        assert_eq!(self.code, Some(1));
        let error = self.output["error"].as_str().unwrap();
        assert!(error.contains(words), "{error}");
    }
}

fn run_with(arguments: &[&str]) -> Run {
    let start = Instant::now();
    let output = Command::new(env!("CARGO_BIN_EXE_copilot-track-e2e"))
        .args(arguments)
        .env_remove("COPILOT_TRACK_CONTENT")
        .output()
        .unwrap();
    let stdout = String::from_utf8(output.stdout).unwrap();
    assert_eq!(stdout.lines().count(), 1, "{stdout}");
    Run {
        output: serde_json::from_str(&stdout).unwrap(),
        code: output.status.code(),
        took: start.elapsed(),
    }
}

fn run(input: &Value) -> Run {
    run_with(&["--input", &input.to_string()])
}

/// Returns input with one sequence of events.
fn input(host: &str, events: &[Value], config: &Value) -> Value {
    json!({
        "writeKey": "test-key",
        "apiHost": host,
        "sequences": [{ "delayMs": 0, "events": events }],
        "config": config,
    })
}

fn track(name: &str) -> Value {
    json!({ "type": "track", "event": name, "userId": "123" })
}

#[test]
fn every_kind_of_call_is_sent() {
    let server = FaultServer::healthy();
    let events = [
        json!({
            "type": "track", "event": "Item Purchased", "userId": "123", "anonymousId": "a",
            "messageId": "m-1", "timestamp": "2026-01-02T03:04:05.678Z",
            "properties": { "qty": 1 }, "context": { "ip": "192.0.2.1" },
            "integrations": { "All": true },
        }),
        json!({ "type": "identify", "userId": "123", "traits": { "plan": "pro" } }),
        json!({ "type": "page", "anonymousId": "a", "name": "Home", "category": "c" }),
        json!({ "type": "screen", "userId": "123", "name": "Main", "properties": null }),
        json!({ "type": "group", "userId": "123", "groupId": "g", "traits": {} }),
        json!({ "type": "alias", "userId": "123", "previousId": "old" }),
    ];
    run(&input(&server.url(), &events, &json!({}))).assert_success(1);

    let log = server.log();
    let (name, _) = log.requests[0].basic_auth().unwrap();
    assert_eq!((&*log.requests[0].path, &*name), ("/v1/batch", "test-key"));
    let arrived = log.events();
    assert_eq!(arrived.len(), events.len());
    for (sent, arrived) in events.iter().zip(&arrived) {
        for (field, value) in sent.as_object().unwrap() {
            match field.as_str() {
                "context" => assert_eq!(arrived["context"]["ip"], value["ip"]),
                _ if value.is_null() => assert_eq!(arrived[field], json!({})),
                _ => assert_eq!(&arrived[field], value),
            }
        }
        assert_eq!(arrived["context"]["library"]["name"], "copilot-track");
        assert!(arrived["messageId"].is_string() && arrived["timestamp"].is_string());
    }
}

#[test]
fn batches_are_split_and_counted() {
    let server = FaultServer::healthy();
    let events: Vec<_> = (0..5).map(|n| track(&format!("Event {n}"))).collect();
    run(&input(&server.url(), &events, &json!({ "flushAt": 2 }))).assert_success(3);
    assert_eq!(server.log().accepted_count(), 5);
}

#[test]
fn a_sequence_waits_for_its_delay() {
    let server = FaultServer::healthy();
    let input = json!({
        "writeKey": "test-key",
        "apiHost": server.url(),
        "sequences": [
            { "events": [track("First")] },
            { "delayMs": 300, "events": [track("Second")] },
        ],
        "config": { "flushAt": 1 },
    });
    run(&input).assert_success(2);
    let log = server.log();
    let times: Vec<_> = log
        .events()
        .iter()
        .map(|event| OffsetDateTime::parse(event["timestamp"].as_str().unwrap(), &Rfc3339).unwrap())
        .collect();
    // Timestamps are truncated to milliseconds.
    assert!(
        times[1] - times[0] >= Duration::from_millis(299),
        "{times:?}"
    );
}

#[test]
fn a_host_may_omit_the_scheme_and_may_include_the_path() {
    let server = FaultServer::healthy();
    let bare = server.url().replace("http://", "");
    for host in [
        bare,
        format!("{}/v1/batch", server.url()),
        server.url() + "/",
    ] {
        run(&input(&host, &[track("A")], &json!({}))).assert_success(1);
    }
    for request in server.log().requests {
        assert_eq!(request.path, "/v1/batch");
    }
}

#[test]
fn a_retry_has_the_same_events_and_a_higher_count() {
    let server = FaultServer::start(FaultPlan::first_then_ok([
        Behavior::status(500),
        Behavior::status(503),
    ]));
    let events = [track("A"), track("B")];
    run(&input(&server.url(), &events, &json!({ "maxRetries": 2 }))).assert_success(1);
    let log = server.log();
    log.assert_resent_unchanged();
    let counts: Vec<_> = log
        .requests
        .iter()
        .map(RecordedRequest::retry_count)
        .collect();
    assert_eq!(counts, [None, Some(1), Some(2)]);
    assert_eq!(log.requests[0].events(), log.requests[2].events());
}

#[test]
fn retries_stop_at_the_limit() {
    let server = FaultServer::start(FaultPlan::always(Behavior::status(500)));
    let run = run(&input(
        &server.url(),
        &[track("A")],
        &json!({ "maxRetries": 1 }),
    ));
    run.assert_failure("1 event expired (the endpoint responded with status 500)");
    assert_eq!(run.output["sentBatches"], 0);
    assert_eq!(server.log().requests.len(), 2);
}

#[test]
fn waiting_for_retry_after_is_not_a_retry() {
    let busy = Response::new(429).header("retry-after", "1");
    let server = FaultServer::start(FaultPlan::first_then_ok([Behavior::Respond(busy)]));
    run(&input(
        &server.url(),
        &[track("A")],
        &json!({ "maxRetries": 0 }),
    ))
    .assert_success(1);
    let log = server.log();
    assert_eq!(log.requests[1].retry_count(), Some(1));
    assert!(log.requests[1].at - log.requests[0].at >= Duration::from_millis(950));
}

#[test]
fn a_rejection_fails_at_once() {
    let server = FaultServer::start(FaultPlan::always(Behavior::status(401)));
    let run = run(&input(&server.url(), &[track("A"), track("B")], &json!({})));
    run.assert_failure("the endpoint responded with status 401 to 2 events");
    assert_eq!(server.log().requests.len(), 1);
}

#[test]
fn delivered_batches_are_counted_when_others_fail() {
    let server = FaultServer::start(FaultPlan::first_then_ok([
        Behavior::status(200),
        Behavior::status(400),
    ]));
    let config = json!({ "flushAt": 1 });
    let run = run(&input(&server.url(), &[track("A"), track("B")], &config));
    run.assert_failure("the endpoint responded with status 400 to 1 event");
    assert_eq!(run.output["sentBatches"], 1);
}

#[test]
fn an_unreachable_host_fails_at_the_timeout() {
    let unreachable = FaultServer::reserve();
    let run = run(&input(
        &unreachable.url(),
        &[track("A")],
        &json!({ "timeout": 1 }),
    ));
    run.assert_failure(
        "1 event not delivered in time (the connection to the endpoint was refused)",
    );
    let took = run.took;
    assert!(
        took >= Duration::from_secs(1) && took < Duration::from_secs(20),
        "{took:?}"
    );
}

#[test]
fn a_hanging_host_fails_at_the_timeout() {
    let server = FaultServer::start(FaultPlan::always(Behavior::Hang));
    let run = run(&input(
        &server.url(),
        &[track("A")],
        &json!({ "timeout": 0.5 }),
    ));
    run.assert_failure("1 event not delivered in time");
    assert!(run.took < Duration::from_secs(20), "{:?}", run.took);
}

#[test]
fn an_event_without_a_user_is_an_error() {
    let server = FaultServer::healthy();
    let without_user = json!({ "type": "track", "event": "A" });
    let run = run(&input(
        &server.url(),
        &[track("B"), without_user],
        &json!({}),
    ));
    run.assert_failure("1 event invalid (it has neither a userId nor an anonymousId)");
    assert_eq!(server.log().accepted_count(), 1);
}

#[test]
fn invalid_input_is_an_error_and_sends_nothing() {
    let server = FaultServer::healthy();
    let url = server.url();
    let with_second_event =
        |event: Value| input(&url, &[track("A"), event], &json!({})).to_string();
    let with_config = |config: Value| input(&url, &[track("A")], &config).to_string();
    let cases = [
        ("{".to_owned(), "invalid --input: EOF"),
        ("{}".to_owned(), "missing field `writeKey`"),
        (
            json!({ "writeKey": "k" }).to_string(),
            "missing field `sequences`",
        ),
        (
            json!({ "writeKey": " ", "sequences": [] }).to_string(),
            "write key",
        ),
        (
            with_second_event(json!({ "type": "shout" })),
            "event 2 of sequence 1: unknown `type` `shout`",
        ),
        (
            with_second_event(json!({ "event": "A" })),
            "event 2 of sequence 1: `type` is missing",
        ),
        (
            with_second_event(json!({ "type": "track", "event": "A", "timestamp": "soon" })),
            "invalid `timestamp` `soon`",
        ),
        (with_config(json!({ "flushAt": 2501 })), "flush_at"),
        (with_config(json!({ "timeout": 0 })), "above 0"),
        (with_config(json!({ "maxRetries": -1 })), "invalid value"),
    ];
    for (input, words) in cases {
        run_with(&["--input", &input]).assert_failure(words);
    }
    run_with(&[]).assert_failure("--input is missing");
    run_with(&["--output", "x"]).assert_failure("--output");
    assert!(server.log().requests.is_empty());
}
