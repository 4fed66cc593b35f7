//! Tests of how clients other than the official SDKs send requests.

use std::io::Write as _;

use copilot_track_inspector::{Inspector, InspectorBuilder};
use flate2::{Compression, write::GzEncoder};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::support::{TestInspector, json_of, message, start, start_with, verdict_of};

/// Sends bytes on a new connection, and returns everything that the server sends until it closes
/// the connection.
async fn exchange(running: &TestInspector, request: &[u8]) -> String {
    let mut stream = TcpStream::connect(running.inspector.address())
        .await
        .unwrap();
    stream.write_all(request).await.unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).await.unwrap();
    response
}

fn gzip(content: impl AsRef<[u8]>) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(content.as_ref()).unwrap();
    encoder.finish().unwrap()
}

#[tokio::test]
async fn http_1_0_clients_can_send_events() {
    let running = start().await;
    let body = message(1, "c").to_string();
    let request = |host: &str| {
        format!(
            "POST /v1/track HTTP/1.0\r\n{host}content-length: {}\r\n\r\n{body}",
            body.len()
        )
    };
    let response = exchange(&running, request("host: localhost\r\n").as_bytes()).await;
    assert!(response.starts_with("HTTP/1.0 200 OK\r\n"), "{response}");
    assert!(response.ends_with(r#"{"success":true}"#), "{response}");
    let response = exchange(&running, request("").as_bytes()).await;
    assert!(response.starts_with("HTTP/1.0 403 "), "{response}");
    assert!(response.contains("Host header"), "{response}");
    assert_eq!(running.inspector.last_seq(), 1);
}

#[tokio::test]
async fn several_requests_can_be_sent_before_the_first_response() {
    let running = start().await;
    let mut requests = String::new();
    for number in 1..=20 {
        let body = message(number, "c").to_string();
        let connection = if number == 20 { "close" } else { "keep-alive" };
        // Half of the bodies are chunked, with an extension and a trailer.
        let (framing, body) = if number % 2 == 0 {
            (
                "transfer-encoding: chunked".to_owned(),
                format!(
                    "{:x};a=b\r\n{body}\r\n0\r\nx-trailer: 1\r\n\r\n",
                    body.len()
                ),
            )
        } else {
            (format!("content-length: {}", body.len()), body)
        };
        let request = format!(
            "POST /v1/track HTTP/1.1\r\nhost: localhost\r\nconnection: {connection}\r\n{framing}\r\n\r\n{body}"
        );
        requests.push_str(&request);
    }
    let responses = exchange(&running, requests.as_bytes()).await;
    assert_eq!(responses.matches("HTTP/1.1 200 OK\r\n").count(), 20);
    let all = running.get("/all").await;
    let ids: Vec<_> = all["events"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| event["messageId"].as_str().unwrap().to_owned())
        .collect();
    let sent: Vec<_> = (1..=20).map(|number| format!("message {number}")).collect();
    assert_eq!(ids, sent);
}

#[tokio::test]
async fn a_client_that_waits_for_permission_to_send_its_body_receives_it() {
    let running = start().await;
    let mut stream = TcpStream::connect(running.inspector.address())
        .await
        .unwrap();
    let body = message(1, "c").to_string();
    let head = format!(
        "POST /v1/track HTTP/1.1\r\nhost: localhost\r\nexpect: 100-continue\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut permission = [0; 25];
    stream.read_exact(&mut permission).await.unwrap();
    assert_eq!(&permission, b"HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(body.as_bytes()).await.unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).await.unwrap();
    assert!(response.starts_with("HTTP/1.1 200 OK\r\n"), "{response}");
    // A request that is rejected by its head needs no body.
    let head = head.replace("localhost", "evil.example");
    let response = exchange(&running, head.as_bytes()).await;
    assert!(response.starts_with("HTTP/1.1 403 "), "{response}");
    assert_eq!(running.inspector.last_seq(), 1);
}

#[tokio::test]
async fn a_body_whose_encoding_is_not_the_one_in_its_header_is_rejected_and_explained() {
    let running = start().await;
    let json = json!({"batch": [message(1, "c")]}).to_string();
    for (encoding, body, word) in [
        (None, gzip(&json), "Content-Encoding: gzip"),
        (Some("identity"), gzip(&json), "Content-Encoding: gzip"),
        (Some("gzip"), gzip(gzip(&json)), "compressed twice"),
        (Some("gzip"), json.clone().into_bytes(), "not valid gzip"),
        (Some("br"), json.clone().into_bytes(), "unsupported"),
        (Some("gzip, gzip"), gzip(&json), "unsupported"),
    ] {
        let mut request = running.request(Method::POST, "/v1/batch").body(body);
        if let Some(encoding) = encoding {
            request = request.header("content-encoding", encoding);
        }
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 400, "{encoding:?}");
        let error = json_of(response).await["error"].to_string();
        assert!(error.contains(word), "{encoding:?}: {error}");
        let last = running.inspector.last_seq();
        let event = running.get(&format!("/api/events/{last}")).await;
        assert_eq!(verdict_of(&event).1, ["bad_json"]);
        let message = event["verdict"]["findings"][0]["message"].to_string();
        assert!(message.contains(word), "{message}");
    }
}

#[tokio::test]
async fn a_page_can_send_events_with_a_beacon() {
    let running = start().await;
    let mut call = message(1, "c");
    call["writeKey"] = "a-write-key".into();
    let batch = json!({"batch": [message(2, "c")], "writeKey": "a-write-key"});
    for (path, body) in [("/v1/t", call), ("/v1/b", batch)] {
        let response = running
            .request(Method::POST, path)
            .header("origin", "http://localhost:3000")
            .header("sec-fetch-site", "same-site")
            .header("sec-fetch-mode", "no-cors")
            .header("content-type", "text/plain;charset=UTF-8")
            .body(body.to_string())
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), 200);
        // With this header, a browser would not let the page use the response.
        let headers = response.headers();
        assert!(!headers.contains_key("cross-origin-resource-policy"));
        let last = running.inspector.last_seq();
        let event = running.get(&format!("/api/events/{last}")).await;
        assert_eq!(event["delivery"]["writeKey"], "a-wr…");
        assert_eq!(verdict_of(&event), ("ok".to_owned(), vec![]));
    }
    assert_eq!(running.inspector.last_seq(), 2);
}

#[tokio::test]
async fn pages_that_are_files_can_send_events_if_their_origin_is_allowed() {
    let builders: [(fn() -> InspectorBuilder, _); 3] = [
        (Inspector::builder, false),
        (|| Inspector::builder().allow_origin("null"), true),
        (|| Inspector::builder().allow_origin("*"), true),
    ];
    for (builder, is_allowed) in builders {
        let running = start_with(builder()).await;
        let preflight = running
            .request(Method::OPTIONS, "/v1/batch")
            .header("origin", "null")
            .header("access-control-request-method", "POST")
            .header("access-control-request-headers", "content-type")
            .header("access-control-request-private-network", "true")
            .send()
            .await
            .unwrap();
        assert_eq!(preflight.status(), if is_allowed { 204 } else { 403 });
        let headers = preflight.headers();
        for name in [
            "access-control-allow-origin",
            "access-control-allow-private-network",
        ] {
            assert_eq!(headers.contains_key(name), is_allowed, "{name}");
        }
        let sent = running
            .request(Method::POST, "/v1/t")
            .header("origin", "null")
            .body(message(1, "c").to_string())
            .send()
            .await
            .unwrap();
        assert_eq!(sent.status(), if is_allowed { 200 } else { 403 });
        assert_eq!(running.inspector.last_seq(), u64::from(is_allowed));
        // Files can neither read nor change anything.
        for (method, path) in [(Method::GET, "/all"), (Method::POST, "/reset")] {
            let request = running.request(method, path).header("origin", "null");
            assert_eq!(request.send().await.unwrap().status(), 403, "{path}");
        }
    }
}

#[tokio::test]
async fn authorization_headers_are_read_leniently() {
    let running = start().await;
    for (header, write_key) in [
        // The credentials `a-write-key` without a colon.
        ("Basic YS13cml0ZS1rZXk=", Some("a-wr…")),
        ("Basic YS13cml0ZS1rZXk6", Some("a-wr…")),
        ("Basic YS13cml0ZS1rZXk6cGFzc3dvcmQ=", Some("a-wr…")),
        ("Basic ???", None),
        ("Basic", None),
        ("", None),
    ] {
        let response = running
            .request(Method::POST, "/v1/t")
            .header("authorization", header)
            .body(message(1, &format!("c{header}")).to_string())
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), 200, "{header}");
        let last = running.inspector.last_seq();
        let event = running.get(&format!("/api/events/{last}")).await;
        assert_eq!(event["delivery"]["writeKey"].as_str(), write_key);
        let expected: &[&str] = if write_key.is_some() {
            &[]
        } else {
            &["no_write_key"]
        };
        assert_eq!(verdict_of(&event).1, expected, "{header}");
    }
}

#[tokio::test]
async fn batches_have_at_most_2500_events() {
    let running = start().await;
    let call = r#"{"type":"track","userId":"u","event":"E"}"#;
    for (count, stored, is_accepted) in [(0, 0, true), (2_500, 2_500, true), (2_501, 2_500, false)]
    {
        let before = running.inspector.last_seq();
        let body = format!(r#"{{"batch":[{}]}}"#, vec![call; count].join(","));
        assert_eq!(running.post("/v1/batch", body).await.status(), 200);
        assert_eq!(running.inspector.last_seq() - before, stored, "{count}");
        let last = running.inspector.last_seq();
        if stored > 0 {
            let event = running.get(&format!("/api/events/{last}")).await;
            let codes = verdict_of(&event).1;
            assert_eq!(!codes.contains(&"batch_too_many".to_owned()), is_accepted);
            assert_eq!(event["delivery"]["index"], 2_499);
        }
    }
}

#[tokio::test]
async fn values_of_the_wrong_type_are_reported_and_not_converted() {
    let running = start().await;
    let mut call = message(1, "c");
    call["event"] = "Feedback Submitted".into();
    call["userId"] = 7.into();
    call["properties"] = json!({"conversationId": 5, "messageId": "m", "rating": "4"});
    let (status, codes) = running.verdict(&call).await;
    assert_eq!(status, "error");
    assert_eq!(
        codes,
        ["mistyped_property", "mistyped_property", "id_not_string"]
    );
    let listed = running.get("/api/conversations").await;
    assert_eq!(listed["conversations"][0]["id"], "5");
    assert_eq!(listed["conversations"][0]["rating"], Value::Null);
}

#[tokio::test]
async fn every_route_except_the_tracking_api_requires_the_token() {
    let running = start_with(Inspector::builder().token("a-long-token")).await;
    running.batch(&[message(1, "c")]).await;
    let get = [
        "/",
        "/?token=wrong-token",
        "/assets/main.js",
        "/icon.svg",
        "/good",
        "/bad",
        "/all",
        "/conversations/c",
        "/api/state",
        "/api/live",
        "/api/chaos",
        "/api/conversations",
        "/api/conversation?id=c",
        "/api/events/1",
        "/api/find?id=c&q=a",
        "/api/numbers",
        "/api/share?id=c",
        "/api/export",
        "/nothing",
        "//v1/batch",
        "/healthz/",
        "/V1/batch",
    ];
    let others = [
        (Method::POST, "/reset"),
        (Method::POST, "/api/import"),
        (Method::PUT, "/api/chaos"),
        (Method::DELETE, "/api/conversation?id=c"),
        (Method::HEAD, "/all"),
        (Method::OPTIONS, "/all"),
    ];
    let all = get
        .into_iter()
        .map(|path| (Method::GET, path))
        .chain(others);
    for (method, path) in all {
        for token in [
            None,
            Some("Bearer wrong-token"),
            Some("Basic YS1sb25nLXRva2VuOg=="),
        ] {
            let mut request = running.request(method.clone(), path);
            if let Some(token) = token {
                request = request.header("authorization", token);
            }
            let status = request.send().await.unwrap().status();
            assert_eq!(status, 401, "{method} {path} {token:?}");
        }
        let request = running.request(method.clone(), path);
        let request = request.header("authorization", "Bearer a-long-token");
        let status = request.send().await.unwrap().status();
        assert_ne!(status, 401, "{method} {path}");
    }
    for path in ["/healthz", "/v1/projects/key/settings"] {
        assert_eq!(running.status_of(path).await, 200, "{path}");
    }
}
