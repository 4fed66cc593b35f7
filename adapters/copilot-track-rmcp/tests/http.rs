//! Many clients of two server processes over stateless HTTP: each event is in the conversation of
//! its caller and on its caller's reply.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests panic"
)]

mod support;

use std::collections::BTreeMap;
use std::env;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::Ipv4Addr;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use copilot_track::Tracker;
use copilot_track::testing::TestTracker;
use copilot_track_rmcp::{TrackedServer, WithTurn as _};
use futures_util::future::join_all;
use rmcp::ServiceExt as _;
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use rmcp::transport::{
    StreamableHttpClientTransport, StreamableHttpServerConfig, StreamableHttpService,
};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::support::{Shop, call};

const CLIENTS: usize = 50;
const CALLS: usize = 4;
const TOOLS: [&str; 2] = ["plain", "stock_level"];

/// Set in the processes that are servers.
const IS_SERVER: &str = "COPILOT_TRACK_RMCP_TEST_SERVER";
const ADDRESS: &str = "address: ";

/// Starts a server for each request, because there are no sessions.
async fn serve(tracker: Tracker) -> String {
    serve_with(tracker, false).await
}

async fn serve_with(tracker: Tracker, has_sessions: bool) -> String {
    let service = StreamableHttpService::new(
        move || Ok(TrackedServer::new(Shop, tracker.clone())),
        Arc::new(LocalSessionManager::default()),
        StreamableHttpServerConfig::default().with_legacy_session_mode(has_sessions),
    );
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let app = Router::new().route_service("/mcp", service);
    tokio::spawn(async move { axum::serve(listener, app).await });
    format!("http://{address}/mcp")
}

/// The main function of a server process. It prints its address and its events, and ends when its
/// standard input is closed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn server_process() {
    if env::var_os(IS_SERVER).is_none() {
        return;
    }
    let tracker = Tracker::builder()
        .json_lines(std::io::stdout())
        .build()
        .unwrap();
    let address = serve(tracker.clone()).await;
    println!("\n{ADDRESS}{address}");
    std::io::stdout().flush().unwrap();
    let closed = tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new()));
    closed.await.unwrap().unwrap();
    let report = tracker.shutdown(Duration::from_secs(10)).await;
    assert!(report.ledger.is_all_delivered(), "{report}");
}

struct ServerProcess {
    child: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
    address: String,
}

impl ServerProcess {
    fn start() -> Self {
        let mut child = Command::new(env::current_exe().unwrap())
            .args(["--exact", "server_process", "--nocapture"])
            .env(IS_SERVER, "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let stdin = child.stdin.take().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        let address = loop {
            line.clear();
            assert_ne!(stdout.read_line(&mut line).unwrap(), 0, "the server ended");
            if let Some(address) = line.strip_prefix(ADDRESS) {
                break address.trim().to_owned();
            }
        };
        Self {
            child,
            stdin,
            stdout,
            address,
        }
    }

    /// Stops the server and returns its events.
    fn stop(mut self) -> Vec<Value> {
        drop(self.stdin);
        let lines = self.stdout.lines().map(Result::unwrap);
        let events = lines.filter_map(|line| serde_json::from_str::<Value>(&line).ok());
        let events: Vec<_> = events.filter(|event| event["event"].is_string()).collect();
        assert!(self.child.wait().unwrap().success());
        events
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_event_is_on_the_reply_of_its_caller() {
    let servers = [ServerProcess::start(), ServerProcess::start()];
    let test = TestTracker::new();
    let clients = (0..CLIENTS).map(|client| {
        let conversation = test.conversation();
        let reply = conversation.turn("Is it in stock?").start_reply();
        let addresses = servers.each_ref().map(|server| server.address.clone());
        tokio::spawn(async move {
            let mut expected = Vec::new();
            for number in 0..CALLS {
                let address = addresses[number % addresses.len()].as_str();
                let service =
                    ().serve(StreamableHttpClientTransport::from_uri(address))
                        .await
                        .unwrap();
                let sku = format!("{client}-{number}");
                let params = call(TOOLS[client % TOOLS.len()], &sku);
                let params = reply.in_scope(|| params.with_current_turn());
                service.call_tool(params).await.unwrap();
                service.cancel().await.unwrap();
                expected.push(sku);
            }
            let place = (conversation.id().to_string(), reply.id().to_string());
            (place, (client, expected))
        })
    });
    let clients: BTreeMap<_, _> = join_all(clients)
        .await
        .into_iter()
        .map(Result::unwrap)
        .collect();

    let mut seen = BTreeMap::<_, Vec<_>>::new();
    for event in servers.into_iter().flat_map(ServerProcess::stop) {
        assert_eq!(event["event"], "Action Invoked");
        let properties = &event["properties"];
        let id = |name: &str| properties[name].as_str().unwrap().to_owned();
        let place = (id("conversationId"), id("messageId"));
        seen.entry(place)
            .or_default()
            .push(properties["sku"].clone());
    }
    assert_eq!(seen.len(), CLIENTS);
    for (place, mut skus) in seen {
        let (client, expected) = &clients[&place];
        assert_eq!(skus.len(), CALLS);
        if TOOLS[client % TOOLS.len()] == "stock_level" {
            skus.sort_by_key(ToString::to_string);
            assert_eq!(skus, *expected);
        }
    }
}

#[tokio::test]
async fn a_stateless_call_without_a_turn_is_counted_and_not_tracked() {
    let test = TestTracker::new();
    let before = test.ledger().out_of_scope;
    let address = serve(test.tracker().clone()).await;
    let client = ().serve(StreamableHttpClientTransport::from_uri(address.as_str())).await.unwrap();
    client.call_tool(call("plain", "a")).await.unwrap();
    client.cancel().await.unwrap();
    // A client can send the header of a session that this server does not have.
    let response = call_in_session(&address, "a").await;
    assert!(response.contains("\"result\""), "{response}");
    assert!(test.ledger().out_of_scope >= before + 2);
    test.assert_silent();
}

/// Sends a tool call with the header of a session, without rmcp's client.
async fn call_in_session(address: &str, session: &str) -> String {
    let host = address
        .trim_start_matches("http://")
        .trim_end_matches("/mcp");
    let body = r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"plain","arguments":{"sku":"a"}}}"#;
    let request = format!(
        "POST /mcp HTTP/1.1\r\nhost: {host}\r\naccept: application/json, text/event-stream\r\n\
         content-type: application/json\r\nmcp-protocol-version: 2025-06-18\r\n\
         mcp-session-id: {session}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    let mut stream = TcpStream::connect(host).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).await.unwrap();
    response
}

#[tokio::test]
async fn the_calls_of_a_session_are_in_one_conversation() {
    let test = TestTracker::new();
    let address = serve_with(test.tracker().clone(), true).await;
    for _ in 0..2 {
        let transport = StreamableHttpClientTransport::from_uri(address.as_str());
        let client = ().serve(transport).await.unwrap();
        for sku in ["a", "b"] {
            client.call_tool(call("plain", sku)).await.unwrap();
        }
        client.cancel().await.unwrap();
    }
    let actions = test.events_named("Action Invoked");
    let id = |index: usize| actions[index].property("conversationId");
    assert_eq!(actions.len(), 4);
    assert_eq!(id(0), id(1));
    assert_eq!(id(2), id(3));
    assert_ne!(id(0), id(2));
}
