//! A turn that passes through an HTTP service, a tool server, and a queue worker.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Command, Stdio};

use copilot_track_tests::FaultServer;
use serde_json::Value;

const QUESTION: &str = "Is the secret-of-the-customer in stock?";

/// Sends a message to the service and returns the response.
fn ask(port: &str) -> String {
    let mut stream = TcpStream::connect(format!("127.0.0.1:{port}")).unwrap();
    write!(
        stream,
        "POST /chat HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\
         content-length: {}\r\n\r\n{QUESTION}",
        QUESTION.len()
    )
    .unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).unwrap();
    response
}

/// Runs the three processes and returns their events.
fn events_of_three_processes() -> Vec<Value> {
    let server = FaultServer::healthy();
    let mut service = Command::new(env!("CARGO_BIN_EXE_turn-chain"))
        .args(["service", &server.url()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut port = String::new();
    let mut output = BufReader::new(service.stdout.take().unwrap());
    output.read_line(&mut port).unwrap();
    let response = ask(port.trim());
    assert!(
        response.ends_with(&format!("You asked: {QUESTION} 3 left.")),
        "{response}"
    );
    // The service ends when its input is closed.
    drop(service.stdin.take());
    assert!(service.wait().unwrap().success());
    server.log().events().into_iter().cloned().collect()
}

#[test]
fn three_processes_hide_the_text_and_share_the_reply() {
    let events = events_of_three_processes();
    let named = |name: &str| -> Vec<_> {
        events
            .iter()
            .filter(|event| event["event"] == name)
            .collect()
    };
    assert_eq!(events.len(), 9, "{events:#?}");
    assert_eq!(named("Conversation Started").len(), 1);
    assert_eq!(named("Conversation Ended").len(), 1);
    let received = &named("Message Received")[0]["properties"];
    let body = received["message_body"].as_str().unwrap();
    assert!(body.starts_with("[hidden: "), "{body}");

    // One tool in each process, and one component in the second and third.
    let tools = named("Action Invoked");
    let components = named("Component Loaded");
    assert_eq!((tools.len(), components.len()), (3, 2));
    for event in tools.iter().chain(&components) {
        let properties = &event["properties"];
        assert_eq!(properties["messageId"], received["messageId"], "{event:#}");
        assert_eq!(
            properties["conversationId"], received["conversationId"],
            "{event:#}"
        );
        assert_eq!(event["userId"], "123", "{event:#}");
    }
    for event in &events {
        assert!(
            !event.to_string().contains("secret-of-the-customer"),
            "{event:#}"
        );
    }
}
