//! Runs the program and checks its output.
#![allow(clippy::unwrap_used)]

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpListener,
    path::Path,
    process::{Command, Output, Stdio},
    thread,
};

fn copilot(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_support-copilot"));
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("SEGMENT_") || text.starts_with("COPILOT_TRACK_") {
            command.env_remove(&name);
        }
    }
    command
        .args(arguments)
        .arg("--charts")
        .arg(charts_dir())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

fn charts_dir() -> &'static Path {
    Path::new(env!("CARGO_TARGET_TMPDIR"))
}

fn run_with_input(input: &[u8]) -> Output {
    let mut child = copilot(&[]).stdin(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    child.wait_with_output().unwrap()
}

#[track_caller]
fn assert_success(output: &Output) -> String {
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}\n{errors}");
    assert!(text.contains("pending 0 + dropped 0: balanced"), "{text}");
    text
}

/// Returns the part of the output after the chat: the events that the inspector received.
fn received_section(text: &str) -> &str {
    text.split_once("events received by the inspector")
        .unwrap()
        .1
}

#[test]
fn the_demo_sends_every_event_of_the_spec() {
    let text = assert_success(&copilot(&["--demo"]).output().unwrap());
    let received = received_section(&text);
    for event in [
        "Conversation Started",
        "Message Sent",
        "Message Received",
        "Conversation Ended",
        "Action Invoked",
        "Media Generated",
        "Component Loaded",
        "Custom Component Loaded",
        "Feedback Submitted",
        "Identify",
        "Item Purchased",
    ] {
        let counted = |line: &str| {
            line.trim()
                .strip_suffix(event)
                .is_some_and(|count| count.trim().parse::<u32>().is_ok_and(|count| count > 0))
        };
        assert!(received.lines().any(counted), "no {event} in {received}");
    }
    for line in [
        "“Is the Super Widget in stock?”",
        "“Yes, the Super Widget is in stock: 37 left, at $19.99 each.”",
        "Inventory Request · check stock level",
        "Order Request · place order",
        "image/png",
        "Product Carousel (Component Loaded)",
        "Order Card (Custom Component Loaded)",
        "2 × Super Widget (WGT-1550) at 19.99 USD",
        "is user C-1340",
        "5 of 5 for “",
    ] {
        assert!(received.contains(line), "no {line} in {received}");
    }
    let chart = std::fs::read(charts_dir().join("WGT-1550-prices.png")).unwrap();
    assert!(chart.starts_with(b"\x89PNG"));
}

#[test]
fn each_line_of_a_pipe_is_a_message() {
    let text = assert_success(&run_with_input(
        b"How much is the mini widget?\n\n/rate 4\n",
    ));
    let received = received_section(&text);
    assert!(
        received.contains("“How much is the mini widget?”"),
        "{text}"
    );
    assert!(
        received.contains("“The Mini Widget is $8.99, and 212 are in stock.”"),
        "{text}"
    );
    assert!(
        received.contains("4 of 5 for “The Mini Widget is $8.99"),
        "{text}"
    );
    assert!(received.contains("after 2 messages"), "{text}");
}

#[test]
fn input_of_any_bytes_is_accepted() {
    assert_success(&run_with_input(b""));
    assert_success(&run_with_input(b"\n\n   \n"));
    assert_success(&run_with_input(
        b"\xff\xfe\x00 lantern \x1b[2J\n/rate nonsense\n/rate 9\n/what\n",
    ));
    let mut huge = "tell me about lanterns 日本語 ".repeat(20_000).into_bytes();
    huge.extend_from_slice(b"\nbye");
    let text = assert_success(&run_with_input(&huge));
    assert!(text.contains("Goodbye"), "{text}");
}

#[test]
fn live_prints_events_during_the_chat() {
    let output = copilot(&["--demo", "--live"]).output().unwrap();
    let text = assert_success(&output);
    let (live, _) = text.split_once("That's all").unwrap();
    assert!(live.contains("⇢ identify"), "{live}");
}

#[test]
fn invalid_arguments_are_errors() {
    for arguments in [&["--dmeo"][..], &["hello"], &["--charts"]] {
        let output = Command::new(env!("CARGO_BIN_EXE_support-copilot"))
            .args(arguments)
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(error.contains("--help"), "{error}");
    }
    let help = copilot(&["--help"]).output().unwrap();
    assert!(help.status.success());
    assert!(String::from_utf8(help.stdout).unwrap().contains("--demo"));
}

#[test]
fn an_empty_write_key_is_an_error() {
    let output = copilot(&["--demo"])
        .env("SEGMENT_WRITE_KEY", "")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.contains("write key"), "{error}");
}

#[test]
fn a_closed_output_pipe_is_not_a_failure() {
    let mut child = copilot(&["--demo"]).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    assert!(!errors.contains("panicked"), "{errors}");
}

#[test]
fn with_a_write_key_events_go_to_the_configured_endpoint() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = listener.local_addr().unwrap();
    let server = thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        let mut reader = BufReader::new(&stream);
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            assert_ne!(reader.read_line(&mut head).unwrap(), 0, "{head}");
        }
        // Read the whole request. Closing a connection with unread data may discard the response.
        let head = head.to_lowercase();
        let length = head.split_once("content-length: ").unwrap().1;
        let length = length.lines().next().unwrap().parse().unwrap();
        reader.read_exact(&mut vec![0; length]).unwrap();
        let response =
            "HTTP/1.1 401 Unauthorized\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
        (&stream).write_all(response.as_bytes()).unwrap();
        head
    });

    let output = copilot(&["--demo"])
        .env("SEGMENT_WRITE_KEY", "wrong")
        .env("COPILOT_TRACK_ENDPOINT", format!("http://{address}"))
        .output()
        .unwrap();

    assert!(server.join().unwrap().starts_with("post /v1/batch"));
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("rejected with HTTP status 401"), "{text}");
    assert!(!text.contains("events received"), "{text}");
}
