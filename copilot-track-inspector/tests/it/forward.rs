//! Tests of forwarding. Another inspector takes the place of Segment.

use std::time::Duration;

use copilot_track_inspector::{Chaos, ForwardStatus, Inspector, StartError};
use serde_json::json;

use crate::support::{TIMEOUT, TestInspector, message, start, start_with};

const KEY: &str = "a-secret-write-key";

async fn forwarding_to(url: String) -> TestInspector {
    start_with(Inspector::builder().forward(KEY).forward_to(url)).await
}

/// Waits until the status of forwarding meets a condition.
async fn wait(
    running: &TestInspector,
    condition: impl Fn(&ForwardStatus) -> bool,
) -> ForwardStatus {
    let found = async {
        loop {
            let status = running.inspector.forwarding().unwrap();
            if condition(&status) {
                return status;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(TIMEOUT, found).await.unwrap()
}

#[tokio::test]
async fn events_are_forwarded_in_order_with_the_key() {
    let segment = start().await;
    let running = forwarding_to(segment.inspector.url()).await;
    let single =
        json!({"event": "Single", "userId": "u", "messageId": "s", "writeKey": "local-key"});
    running.post("/v1/track", single.to_string()).await;
    let batch = json!({
        "batch": [message(1, "c"), message(2, "c")], "context": {"app": {"name": "x"}}, "writeKey": "local-key",
    });
    running.post("/v1/batch", batch.to_string()).await;
    let status = wait(&running, |status| status.forwarded == 3).await;
    assert_eq!((status.queued, status.failed), (0, 0));
    assert_eq!(
        (status.to, status.last_error),
        (segment.inspector.url(), None)
    );

    let arrived = segment.get("/all").await;
    let arrived = arrived["events"].as_array().unwrap();
    let names: Vec<_> = arrived
        .iter()
        .map(|it| it["event"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["Single", "Message Sent", "Message Sent"]);
    assert_eq!(arrived[1]["batchContext"]["app"]["name"], "x");
    assert_eq!(arrived[1]["raw"], message(1, "c"));
    for event in arrived {
        assert_eq!(event["delivery"]["writeKey"], "a-se…", "{event}");
        assert!(!event.to_string().contains("local"), "{event}");
    }
    // The key is in no response.
    for path in ["/api/state", "/all", "/api/numbers"] {
        let response = running.get(path).await.to_string();
        assert!(!response.contains("secret"), "{path}: {response}");
    }
    let state = running.get("/api/state").await;
    assert_eq!(
        state["forward"],
        json!({"to": segment.inspector.url(), "queued": 0, "forwarded": 3, "failed": 0})
    );
    assert_eq!(segment.get("/api/state").await.get("forward"), None);
}

#[tokio::test]
async fn a_request_is_sent_again_after_a_temporary_failure() {
    let segment = start().await;
    segment
        .inspector
        .set_chaos(Chaos::parse("status=503,times=2").unwrap())
        .unwrap();
    let running = forwarding_to(segment.inspector.url()).await;
    running.batch(&[message(1, "c")]).await;
    running.batch(&[message(2, "c")]).await;
    let status = wait(&running, |status| status.forwarded == 2).await;
    assert_eq!((status.failed, status.last_error), (0, None));
    let arrived = segment.inspector.events().await.unwrap();
    let text: Vec<_> = arrived.iter().map(|event| event.text().unwrap()).collect();
    assert_eq!(text, ["This is message 1", "This is message 2"]);
    assert_eq!(arrived[0].delivery().retry_count(), 2);
}

#[tokio::test]
async fn a_rejected_request_counts_as_failed() {
    let segment = start().await;
    segment
        .inspector
        .set_chaos(Chaos::parse("status=401,times=1").unwrap())
        .unwrap();
    let running = forwarding_to(segment.inspector.url()).await;
    running.batch(&[message(1, "c"), message(2, "c")]).await;
    let status = wait(&running, |status| status.failed == 2).await;
    let error = status.last_error.unwrap();
    assert_eq!(
        error,
        "the target responded with status 401; check the write key"
    );
    assert_eq!(segment.inspector.last_seq(), 0);
}

#[tokio::test]
async fn events_that_were_forwarded_or_are_sent_again_are_not_forwarded() {
    let segment = start().await;
    let second = forwarding_to(segment.inspector.url()).await;
    let first = forwarding_to(second.inspector.url()).await;
    first.batch(&[message(1, "c")]).await;
    wait(&first, |status| status.forwarded == 1).await;
    // The second inspector received an event that was forwarded, then one that the page sends
    // again, then an event of a client.
    let again = json!({"batch": [message(2, "c")]}).to_string();
    let again = second
        .request(reqwest::Method::POST, "/v1/batch")
        .header("x-inspector-forward", "no")
        .body(again);
    assert_eq!(again.send().await.unwrap().status(), 200);
    second
        .post("/api/import", message(3, "c").to_string())
        .await;
    second.batch(&[message(4, "c")]).await;
    wait(&second, |status| status.forwarded == 1).await;
    assert_eq!(second.inspector.last_seq(), 4);
    let arrived = segment.inspector.events().await.unwrap();
    let text: Vec<_> = arrived.iter().map(|event| event.text().unwrap()).collect();
    assert_eq!(text, ["This is message 4"]);
    // A request that is rejected as a whole is not forwarded either.
    second.post("/v1/batch", "no JSON").await;
    second.batch(&[message(5, "c")]).await;
    wait(&second, |status| status.forwarded == 2).await;
    assert_eq!(segment.inspector.last_seq(), 2);
}

#[tokio::test]
async fn invalid_settings_are_refused_and_the_key_is_in_no_error() {
    let builder = || Inspector::builder();
    for (builder, word) in [
        (builder().forward(" "), "write key"),
        (builder().forward("a-secret key"), "write key"),
        (builder().forward_to("https://api.segment.io"), "required"),
        (builder().forward(KEY).forward_to("segment"), "invalid URL"),
        (
            builder().forward(KEY).forward_to("https://u:secret@h"),
            "invalid URL",
        ),
    ] {
        assert!(!format!("{builder:?}").contains("a-secret"));
        let error = builder.start().await.unwrap_err();
        assert!(matches!(error, StartError::Forward(_)), "{error}");
        let error = error.to_string();
        assert!(error.contains(word) && !error.contains("secret"), "{error}");
    }
    let port = start().await.inspector.address().port();
    let own = format!("127.0.0.1:{port}");
    let itself = Inspector::builder()
        .listen(own.parse().unwrap())
        .forward(KEY)
        .forward_to(format!("http://{own}"));
    let error = itself.start().await.unwrap_err().to_string();
    assert!(error.contains("this inspector"), "{error}");
}
