//! Tests of the program's output.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    process::{Command, Output, Stdio},
};

use copilot_track_inspector::Inspector;
use serde_json::{Value, json};

use crate::{
    program::Program,
    support::{message, start, start_with},
    unwritable_database::{allow_writes, block_writes},
};

fn run(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_copilot-track-inspector"))
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn tail_prints_a_conversation_without_colors_to_a_pipe() {
    let running = start().await;
    let mut evil = message(2, "c");
    evil["properties"]["message_body"] = "\u{1b}[2Jboo".into();
    evil["properties"]["rolle"] = evil["properties"]["role"].take();
    evil["properties"].as_object_mut().unwrap().remove("role");
    running.batch(&[message(1, "c"), evil]).await;
    let mut tail = Program::start(&["tail", "--all", "--url", &running.inspector.url()]);
    let lines: Vec<_> = (0..5).map(|_| tail.line()).collect();
    assert_eq!(lines[1], "── conversation c · user of c");
    assert!(
        lines[2].ends_with("  customer “This is message 1”"),
        "{lines:?}"
    );
    assert!(lines[3].ends_with("“\\u{1b}[2Jboo”"), "{lines:?}");
    assert!(
        lines[4].contains("warning (Spec): `rolle` is not in the spec"),
        "{lines:?}"
    );
    assert!(!lines.concat().contains('\u{1b}'));
}

#[tokio::test(flavor = "multi_thread")]
async fn tail_prints_json_lines_and_waits_for_an_inspector() {
    let reserved = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = reserved.local_addr().unwrap();
    drop(reserved);
    let mut tail = Program::start(&["tail", "--json", "--all", "--url", &address.to_string()]);
    let Ok(inspector) = copilot_track_inspector::Inspector::builder()
        .listen(address)
        .start()
        .await
    else {
        // Another process has taken the port.
        return;
    };
    let client = reqwest::Client::new();
    let body = serde_json::json!({"batch": [message(1, "c")]}).to_string();
    client
        .post(format!("{}/v1/batch", inspector.url()))
        .body(body)
        .send()
        .await
        .unwrap();
    let event: Value = serde_json::from_str(&tail.line()).unwrap();
    assert_eq!(event["seq"], 1);
    assert_eq!(event["raw"], message(1, "c"));
}

#[tokio::test(flavor = "multi_thread")]
async fn tail_prints_write_errors_and_their_end() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("events.db");
    let running = start_with(Inspector::builder().database(&file)).await;
    let url = running.inspector.url();
    running.batch(&[message(1, "c")]).await;
    let mut tails = [
        Program::start(&["tail", "--all", "--url", &url]),
        Program::start(&["tail", "--all", "--json", "--url", &url]),
    ];
    // Both programs follow the stream once they have printed the first event.
    let first: Vec<_> = (0..3).map(|_| tails[0].line()).collect();
    assert!(first[2].ends_with("“This is message 1”"), "{first:?}");
    let first: Value = serde_json::from_str(&tails[1].line()).unwrap();
    assert_eq!(first["seq"], 1);

    block_writes(&file);
    let calls = json!({"batch": [message(2, "c"), message(3, "c")]});
    for _ in 0..3 {
        let response = running.post("/v1/batch", calls.to_string()).await;
        assert_eq!(response.status(), 503);
    }
    let [terminal, lines] = &mut tails;
    assert_eq!(terminal.line(), "");
    let line = terminal.line();
    assert!(
        line.starts_with("── events cannot be written (there is no room)"),
        "{line}"
    );
    let line: Value = serde_json::from_str(&lines.line()).unwrap();
    let write_error = &line["notWritten"];
    assert_eq!(write_error["error"], "there is no room");
    assert!(write_error["since"].is_string() && write_error["events"].as_u64() > Some(0));
    // A client that connects now is also notified.
    let mut late_tail = Program::start(&["tail", "--json", "--url", &url]);
    let line: Value = serde_json::from_str(&late_tail.line()).unwrap();
    assert_eq!(line["notWritten"]["error"], "there is no room");

    allow_writes(&file);
    running.batch(&[message(2, "c")]).await;
    // The event and the end of the error each arrive once, in either order.
    let mut all: Vec<_> = (0..5).map(|_| terminal.line()).collect();
    all.retain(|line| line.starts_with("── events"));
    assert_eq!(all, ["── events can be written again"]);
    for tail in [lines, &mut late_tail] {
        let mut tail_lines = [tail.line(), tail.line()];
        tail_lines.sort_unstable_by_key(String::len);
        assert_eq!(tail_lines[0], r#"{"notWritten":null}"#);
        let event: Value = serde_json::from_str(&tail_lines[1]).unwrap();
        assert_eq!(event["seq"], 2);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_program_prints_its_url() {
    let mut program = Program::start(&["--listen", "127.0.0.1:0", "--chaos", "status=503"]);
    let url = program.url();
    let response = reqwest::get(format!("{url}/api/chaos")).await.unwrap();
    let response: Value = serde_json::from_str(&response.text().await.unwrap()).unwrap();
    assert_eq!(response["fault"]["status"], 503);
}

#[cfg(unix)]
#[test]
fn sigterm_stops_the_program_with_status_0() {
    let mut program = Program::start(&["--listen", "127.0.0.1:0"]);
    program.url();
    assert_eq!(program.terminate(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn tail_sends_the_token_and_the_path_of_the_url() {
    let builder = Inspector::builder()
        .token("a-long-token")
        .base_url("https://tools.example/inspector");
    let running = start_with(builder).await;
    running.batch(&[message(1, "c")]).await;
    let url = format!("{}/inspector", running.inspector.url());
    let mut tail = Program::start(&["tail", "--all", "--url", &url, "--token", "a-long-token"]);
    tail.line();
    assert_eq!(tail.line(), "── conversation c · user of c");
    for (token, expected) in [
        (
            &[][..],
            "the inspector requires its token (`--token TOKEN`)",
        ),
        (&["--token", "another-token"], "the token is wrong"),
    ] {
        let mut tail = Program::start(&[&["tail", "--url", &url], token].concat());
        let error = tail.error_line();
        assert!(
            error.starts_with("copilot-track-inspector: http://"),
            "{error}"
        );
        assert!(error.contains(expected), "{error}");
        assert_eq!(tail.exit_code(), Some(1));
    }
}

/// Starts a server that responds to one request after another. Returns its URL.
fn serve(responses: &'static [&str]) -> String {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for response in responses {
            let (stream, _) = listener.accept().unwrap();
            let mut request = BufReader::new(&stream).lines();
            while request
                .next()
                .is_some_and(|line| line.is_ok_and(|it| !it.is_empty()))
            {}
            // The client may have disconnected.
            let _ = (&stream).write_all(response.as_bytes());
        }
    });
    url
}

#[test]
fn tail_ends_if_the_server_is_not_an_inspector() {
    for (response, expected) in [
        (
            &["HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n"],
            "status 404",
        ),
        (
            &["HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n"],
            "status 403",
        ),
        (
            &["HTTP/1.1 301 Moved\r\nlocation: /x/\r\ncontent-length: 0\r\n\r\n"],
            "status 301",
        ),
        (
            &["HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 2\r\n\r\nhi"],
            "not a stream of events",
        ),
        (&["SSH-2.0-server\r\n"], "does not respond in HTTP"),
    ] {
        let mut tail = Program::start(&["tail", "--url", &serve(response)]);
        let error = tail.error_line();
        assert!(
            error.starts_with("copilot-track-inspector: http://"),
            "{error}"
        );
        assert!(error.contains(expected), "{error}");
        assert_eq!(tail.exit_code(), Some(1), "{error}");
    }
}

#[test]
fn tail_waits_while_the_server_is_unavailable() {
    let url = serve(&[
        "HTTP/1.1 503 Unavailable\r\ncontent-length: 0\r\n\r\n",
        "",
        "HTTP/1.1 502 Bad Gateway\r\ncontent-type: text/html\r\ncontent-length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\nevent: events\ndata: {\"events\":[{\"seq\":7}]}\n\n",
    ]);
    let mut tail = Program::start(&["tail", "--json", "--url", &url]);
    assert!(
        tail.error_line()
            .starts_with("waiting for an inspector at http://")
    );
    assert_eq!(tail.line(), r#"{"seq":7}"#);
}

#[test]
fn wrong_arguments_are_explained() {
    for (arguments, code, word) in [
        (&["--listne"][..], 2, "--help"),
        (&["--listen", "0.0.0.0:0"], 1, "--allow-remote"),
        (&["--chaos", "crash"], 2, "status=S"),
        (&["--db", ""], 1, "not the name of a file"),
        (&["--token", "short"], 1, "at least 8 characters"),
        (
            &["--base-url", "tools"],
            1,
            "https://tools.example/inspector",
        ),
        (&["tail", "--url", "ftp://x"], 2, "http://"),
    ] {
        let output = run(arguments);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}");
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(error.contains(word), "{error}");
    }
    let help = run(&["--help"]);
    assert!(help.status.success());
    assert!(
        String::from_utf8(help.stdout)
            .unwrap()
            .contains("--db FILE")
    );
}
