//! Tests how injected faults appear to a client.

use std::time::{Duration, Instant};

use copilot_track::{Tracker, User};
use copilot_track_inspector::{Chaos, Fault};
use reqwest::Method;
use serde_json::json;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::support::{TIMEOUT, TestInspector, json_of, message, start};

fn body() -> String {
    json!({"batch": [message(1, "c")]}).to_string()
}

async fn send(running: &TestInspector) -> Result<reqwest::Response, reqwest::Error> {
    running
        .request(Method::POST, "/v1/batch")
        .body(body())
        .send()
        .await
}

#[tokio::test]
async fn a_status_fault_responds_with_its_header_and_stores_nothing() {
    let running = start().await;
    let chaos = json!({"enabled": true, "fault": {"kind": "status", "status": 429, "retryAfter": "3"}, "remaining": 2});
    let set = running
        .request(Method::PUT, "/api/chaos")
        .body(chaos.to_string())
        .send()
        .await
        .unwrap();
    assert_eq!(set.status(), 200);
    for _ in 0..2 {
        let response = send(&running).await.unwrap();
        assert_eq!(response.status(), 429);
        assert_eq!(response.headers()["retry-after"], "3");
    }
    assert_eq!(running.inspector.last_seq(), 0);
    assert_eq!(
        running.get("/api/chaos").await,
        json!({"enabled": false, "faults": 2})
    );
    assert_eq!(send(&running).await.unwrap().status(), 200);
    assert_eq!(running.inspector.last_seq(), 1);
}

#[tokio::test]
async fn invalid_faults_are_rejected_with_a_message() {
    let running = start().await;
    for wrong in [
        "",
        "{",
        "{\"enabled\":true}",
        "{\"enabled\":true,\"fault\":{\"kind\":\"status\",\"status\":200}}",
    ] {
        let set = running
            .request(Method::PUT, "/api/chaos")
            .body(wrong)
            .send()
            .await
            .unwrap();
        assert_eq!(set.status(), 400, "{wrong}");
        assert!(json_of(set).await["error"].as_str().unwrap().len() > 10);
    }
}

#[tokio::test]
async fn a_reset_happens_before_the_body_is_read() {
    let running = start().await;
    running
        .inspector
        .set_chaos(Chaos::always(Fault::Reset))
        .unwrap();
    let mut stream = TcpStream::connect(running.inspector.address())
        .await
        .unwrap();
    // Only the head is sent, so reading the body would take forever.
    let head = "POST /v1/batch HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1000\r\n\r\n";
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut bytes = Vec::new();
    let read = tokio::time::timeout(TIMEOUT, stream.read_to_end(&mut bytes))
        .await
        .unwrap();
    assert_eq!(
        read.unwrap_err().kind(),
        std::io::ErrorKind::ConnectionReset
    );
    assert!(bytes.is_empty());
    assert!(send(&running).await.is_err());
    assert_eq!(running.inspector.faults(), 2);
    assert_eq!(running.inspector.last_seq(), 0);
}

#[tokio::test]
async fn events_are_stored_before_a_late_reset() {
    let running = start().await;
    running
        .inspector
        .set_chaos(Chaos::always(Fault::ResetAfter))
        .unwrap();
    assert!(send(&running).await.is_err());
    assert_eq!(running.inspector.last_seq(), 1);
}

#[tokio::test]
async fn hanging_requests_are_limited_and_do_not_block_others() {
    let running = start().await;
    running
        .inspector
        .set_chaos(Chaos::always(Fault::Hang).times(300))
        .unwrap();
    let mut hanging = tokio::task::JoinSet::new();
    let mut refused = 0;
    for _ in 0..300 {
        hanging.spawn(
            running
                .request(Method::POST, "/v1/batch")
                .body(body())
                .send(),
        );
    }
    // Only a limited number of requests can hang. The others receive status 503.
    while let Some(answered) = hanging.join_next().await {
        assert_eq!(answered.unwrap().unwrap().status(), 503);
        refused += 1;
        if refused == 300 - 256 {
            break;
        }
    }
    assert_eq!(hanging.len(), 256);
    assert_eq!(send(&running).await.unwrap().status(), 200);
    assert!(hanging.try_join_next().is_none());
    assert_eq!(running.inspector.last_seq(), 1);
}

#[tokio::test]
async fn drop_garbage_delay_and_drip_respond_with_200() {
    let running = start().await;
    let delay = |delay_ms| Fault::Delay { delay_ms };
    for (fault, kept) in [
        (Fault::Drop, 0),
        (Fault::Garbage, 1),
        (delay(30), 2),
        (Fault::Drip { delay_ms: 2 }, 3),
    ] {
        running
            .inspector
            .set_chaos(Chaos::always(fault.clone()))
            .unwrap();
        let start_time = Instant::now();
        let response = send(&running).await.unwrap();
        assert_eq!(response.status(), 200);
        let text = response.text().await.unwrap();
        assert_eq!(
            text == "{\"success\":true}",
            fault != Fault::Garbage,
            "{text}"
        );
        if kept >= 2 {
            assert!(start_time.elapsed() >= Duration::from_millis(30));
        }
        assert_eq!(running.inspector.last_seq(), kept);
    }
    running.inspector.set_chaos(None).unwrap();
    assert_eq!(running.inspector.faults(), 0);
}

#[tokio::test]
async fn a_tracker_delivers_everything_after_an_outage() {
    let running = start().await;
    let fault = Fault::Status {
        status: 503,
        retry_after: None,
    };
    running
        .inspector
        .set_chaos(Chaos::always(fault).times(2))
        .unwrap();
    let tracker = Tracker::builder()
        .write_key("a-write-key")
        .endpoint(running.inspector.url())
        .build()
        .unwrap();
    let conversation = tracker.conversation(User::known("123").unwrap());
    conversation.message_sent("Is it in stock?");
    assert!(running.inspector.wait_for(2, TIMEOUT).await.unwrap());
    let report = tracker.shutdown(TIMEOUT).await;
    assert!(report.is_all_delivered(), "{report}");
    let all = running.get("/all").await;
    for event in all["events"].as_array().unwrap() {
        assert_eq!(event["verdict"]["status"], "ok", "{event}");
        assert_eq!(event["delivery"]["retryCount"], 2, "{event}");
        assert_eq!(event["delivery"]["request"], 3, "{event}");
    }
}
