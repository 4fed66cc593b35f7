//! Two replicas of the service, as a browser uses them.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot continue fails"
)]

use std::collections::HashSet;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

const TIMEOUT: Duration = Duration::from_secs(120);

/// A process that is killed when the value is dropped.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    listener.local_addr().unwrap().port()
}

/// Starts redis-server. Returns `None` if it is not installed.
fn start_redis(directory: &TempDir) -> Option<(Process, String)> {
    if Command::new("redis-server")
        .arg("--version")
        .output()
        .is_err()
    {
        assert!(
            std::env::var_os("CI").is_none(),
            "redis-server is not installed"
        );
        println!("skipped: redis-server is not installed");
        return None;
    }
    let port = free_port();
    let process = Command::new("redis-server")
        .args(["--bind", "127.0.0.1", "--port", &port.to_string()])
        .args(["--save", "", "--dir"])
        .arg(directory.path())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let process = Process(process);
    wait_for("redis-server", || {
        TcpStream::connect((Ipv4Addr::LOCALHOST, port)).ok()
    });
    Some((process, format!("redis://127.0.0.1:{port}")))
}

fn wait_for<T>(what: &str, mut attempt: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(value) = attempt() {
            return value;
        }
        assert!(start.elapsed() < TIMEOUT, "waited for too long: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// An endpoint that keeps the events that it receives.
#[derive(Clone, Default)]
struct Endpoint(Arc<Mutex<Vec<Value>>>);

impl Endpoint {
    /// Starts the endpoint. Returns its URL.
    fn start(&self) -> String {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let endpoint = self.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let endpoint = endpoint.clone();
                std::thread::spawn(move || endpoint.serve(&stream.unwrap()));
            }
        });
        url
    }

    fn serve(&self, mut stream: &TcpStream) {
        let mut reader = BufReader::new(stream);
        while let Some(body) = read_message(&mut reader) {
            let mut body: Value = serde_json::from_slice(&body).unwrap();
            let events = body["batch"].as_array_mut().unwrap();
            self.0.lock().unwrap().append(events);
            let response = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}";
            stream.write_all(response.as_bytes()).unwrap();
        }
    }

    /// Returns the number of messages and the envelope id of each Conversation Ended event, sorted.
    fn ends(&self) -> Vec<(u64, String)> {
        let ends = self.named("Conversation Ended").into_iter().map(|event| {
            let count = event["properties"]["message_count"].as_u64();
            (count.unwrap(), event["messageId"].to_string())
        });
        let mut ends: Vec<_> = ends.collect();
        ends.sort();
        ends
    }

    /// Returns the number of envelope ids of an event. Checks that each of them belongs to one
    /// value of a property.
    fn distinct(&self, name: &str, property: &str) -> usize {
        let events = self.named(name);
        let pair = |event: &Value| {
            let value = event["properties"][property].to_string();
            (event["messageId"].to_string(), value)
        };
        let pairs: HashSet<_> = events.iter().map(pair).collect();
        let ids: HashSet<_> = pairs.iter().map(|(id, _)| id).collect();
        let values: HashSet<_> = pairs.iter().map(|(_, value)| value).collect();
        assert_eq!(
            (ids.len(), values.len()),
            (pairs.len(), pairs.len()),
            "{name}"
        );
        pairs.len()
    }

    fn named(&self, name: &str) -> Vec<Value> {
        let events = self.0.lock().unwrap();
        let named = events.iter().filter(|event| event["event"] == name);
        named.cloned().collect()
    }
}

/// Reads the body of an HTTP message. Returns `None` at the end of the connection.
fn read_message(reader: &mut BufReader<&TcpStream>) -> Option<Vec<u8>> {
    let mut length = 0;
    for number in 0.. {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        if number == 0 && line.starts_with("HTTP/1.1 ") {
            assert!(line.starts_with("HTTP/1.1 200"), "{line}");
        }
        let line = line.trim_end().to_ascii_lowercase();
        if line.is_empty() {
            break;
        }
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(body)
}

struct Service {
    process: Process,
    address: String,
    /// Keeps the pipe open, because the service prints its report at the end.
    output: BufReader<ChildStdout>,
}

impl Service {
    fn start(redis: &str, endpoint: &str) -> Self {
        let process = Command::new(env!("CARGO_BIN_EXE_chat-service"))
            .arg("0")
            .env("SEGMENT_WRITE_KEY", "key")
            .env("COPILOT_TRACK_ENDPOINT", endpoint)
            .env("COPILOT_TRACK_GZIP", "false")
            .env("COPILOT_TRACK_FLUSH_INTERVAL", "100ms")
            .env("REDIS_URL", redis)
            .env("IDLE_SECONDS", "2")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut process = Process(process);
        let output = process.0.stdout.take().unwrap();
        let mut line = String::new();
        let mut output = BufReader::new(output);
        output.read_line(&mut line).unwrap();
        let address = line.trim_end().rsplit('/').next().unwrap().to_owned();
        Self {
            process,
            address,
            output,
        }
    }

    fn post(&self, path: &str, body: &Value) -> Vec<u8> {
        let body = body.to_string();
        let request = format!(
            "POST {path} HTTP/1.1\r\nhost: {}\r\ncontent-type: application/json\r\n\
             content-length: {}\r\nconnection: close\r\n\r\n{body}",
            self.address,
            body.len(),
        );
        let stream = TcpStream::connect(&self.address).unwrap();
        (&stream).write_all(request.as_bytes()).unwrap();
        read_message(&mut BufReader::new(&stream)).unwrap()
    }

    fn chat(&self, message_id: &str, text: &str) -> Value {
        let body = json!({
            "conversation": "c-1", "user": "visitor", "message_id": message_id, "text": text,
        });
        serde_json::from_slice(&self.post("/chat", &body)).unwrap()
    }

    /// Stops the service as an orchestrator does.
    fn stop(mut self) {
        let id = self.process.0.id().to_string();
        let status = Command::new("kill").args(["-s", "TERM", &id]).status();
        assert!(status.unwrap().success());
        let mut report = String::new();
        self.output.read_to_string(&mut report).unwrap();
        assert!(self.process.0.wait().unwrap().success());
        assert!(report.contains("+ pending 0 + dropped 0"), "{report}");
    }
}

#[test]
fn replicas_share_a_conversation() {
    let directory = TempDir::new().unwrap();
    let Some((_redis, redis)) = start_redis(&directory) else {
        return;
    };
    let endpoint = Endpoint::default();
    let url = endpoint.start();
    let (first, second) = (Service::start(&redis, &url), Service::start(&redis, &url));

    let answer = first.chat("m-1", "How many are in stock of widget?");
    assert_eq!(answer["text"], "There are 6 of widget left.");
    second.chat("m-2", "Thanks");
    // The browser did not receive the answer, and sends the message to the other replica.
    first.chat("m-2", "Thanks");
    first.stop();

    // The rated answer came from a process that has ended.
    let first = Service::start(&redis, &url);
    let feedback = json!({
        "conversation": "c-1", "user": "visitor", "message_id": answer["message_id"], "rating": 5,
    });
    first.post("/feedback", &feedback);
    let rated = wait_for("feedback", || endpoint.named("Feedback Submitted").pop());
    assert_eq!(rated["properties"]["messageId"], answer["message_id"]);

    // Two questions, their answers, and one more answer to the repeated question. The service can
    // be slow, so the conversation may also have been idle before.
    wait_for("the end", || {
        let mut counts = endpoint.ends().into_iter().map(|(count, _)| count);
        counts.any(|count| count == 5).then_some(())
    });
    first.stop();
    second.stop();
    let ends = endpoint.ends();
    assert!(ends.is_sorted_by(|a, b| a.0 < b.0), "{ends:?}");
    assert_eq!(ends.last().map(|(count, _)| *count), Some(5));
    let ids: HashSet<_> = ends.iter().map(|(_, id)| id).collect();
    assert_eq!(
        ids.len(),
        ends.len(),
        "each end has its own id, and is sent once: {ends:?}"
    );
    // A repeated message can be sent by both replicas. The copies have the same envelope id.
    assert_eq!(
        endpoint.distinct("Conversation Started", "conversationId"),
        1
    );
    assert_eq!(endpoint.distinct("Message Sent", "messageId"), 2);
    assert_eq!(endpoint.distinct("Message Received", "messageId"), 3);
}
