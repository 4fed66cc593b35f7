//! Requests that no browser sends, and handlers that fail.

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderValue, Request};
use axum::routing::post;
use copilot_track::testing::TestTracker;
use copilot_track::{Conversation, User};
use copilot_track_tower::{AnonymousIdCookie, RequestConversation, TrackLayer, TrustedProxies};
use proptest::prelude::*;

use crate::support::{app, chat_with, send};

const HEADERS: [&str; 10] = [
    "cookie",
    "copilot-conversation-id",
    "copilot-track",
    "accept-language",
    "x-forwarded-for",
    "x-forwarded-proto",
    "referer",
    "user-agent",
    "sec-gpc",
    "x-user-id",
];

fn layer(test: &TestTracker) -> TrackLayer {
    TrackLayer::builder(test.tracker())
        .user_id_header("x-user-id".parse().unwrap())
        .conversation_id_cookie("chat")
        .anonymous_id_cookie(AnonymousIdCookie::new())
        .peer_address(|_| Some(([10, 0, 0, 1], 1).into()))
        .trusted_proxies(TrustedProxies::x_forwarded_for(["10.0.0.0/8"]).unwrap())
        .accept_turn_contexts()
        .sse_event()
        .build()
}

fn value() -> impl Strategy<Value = Vec<u8>> {
    let text = "[ -~]{0,200}".prop_map(String::into_bytes);
    let cookies = "((ajs_user_id|ajs_anonymous_id|chat)=[ -~]{0,30};? ?){0,4}";
    let bytes = prop::collection::vec(any::<u8>(), 0..200);
    prop_oneof![text, cookies.prop_map(String::into_bytes), bytes]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn any_headers_are_answered(
        headers in prop::collection::vec((prop::sample::select(&HEADERS[..]), value()), 0..8),
        is_stream in any::<bool>(),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let test = TestTracker::new();
            let mut request = Request::post(if is_stream { "/stream" } else { "/chat" });
            for (name, value) in headers {
                if let Ok(value) = HeaderValue::from_bytes(&value) {
                    request = request.header(name, value);
                }
            }
            let response = send(&app(&layer(&test)), request.body(Body::from("?")).unwrap()).await;
            prop_assert_eq!(response.status(), 200);
            let body = http_body_util::BodyExt::collect(response.into_body()).await.unwrap();
            prop_assert!(body.to_bytes().len() >= 6);
            let ledger = test.ledger();
            prop_assert!(ledger.is_balanced() && ledger.is_all_delivered(), "{}", ledger);
            let received = test.event("Message Received");
            prop_assert!(received.user_id().is_some() || received.anonymous_id().is_some());
            Ok(())
        })?;
    }
}

#[tokio::test]
async fn long_headers_are_answered() {
    let test = TestTracker::new();
    let app = app(&layer(&test));
    let cookies = "ajs_anonymous_id=x; ".repeat(3_000) + &"y".repeat(30_000);
    let languages = "en-US;q=0.5,".repeat(1_000);
    let addresses = "1.2.3.4, ".repeat(2_000);
    let long_id = "x".repeat(101);
    chat_with(
        &app,
        &[
            ("cookie", &cookies),
            ("accept-language", &languages),
            ("x-forwarded-for", &addresses),
            ("copilot-conversation-id", &long_id),
            ("x-user-id", &long_id),
            (
                "referer",
                &format!("https://example.com/?{}", "z".repeat(20_000)),
            ),
        ],
    )
    .await;
    let sent = test.event("Message Sent");
    assert_eq!(sent.anonymous_id(), Some("x"));
    assert_eq!(sent.user_id(), None);
    let context = &sent.json()["context"];
    assert_eq!(context["locale"], "en-US");
    assert_eq!(context.get("ip"), None);
    assert_eq!(context["page"]["url"].as_str().map(str::len), Some(2_048));
}

#[tokio::test]
async fn ids_that_are_too_long_are_left_out_and_counted() {
    let test = TestTracker::new();
    let layer = layer(&test);
    let app = app(&layer);
    let long = "x".repeat(101);
    let headers = chat_with(
        &app,
        &[
            ("x-user-id", &long),
            ("copilot-conversation-id", &long),
            (
                "cookie",
                &format!("ajs_anonymous_id={long}; ajs_user_id={long}; chat={long}"),
            ),
        ],
    )
    .await;
    assert_eq!(layer.counts().invalid_ids, 5);
    assert!(headers.contains_key("set-cookie"));
    assert_eq!(test.ledger().dropped.total(), 0);
}

#[tokio::test]
async fn closures_that_panic_are_counted() {
    let test = TestTracker::new();
    let layer = TrackLayer::builder(test.tracker())
        .user(|_| panic!("expected by this test"))
        .conversation_id(|_| panic!("expected by this test"))
        .consent(|_| panic!("expected by this test"))
        .context(|_, _| panic!("expected by this test"))
        .peer_address(|_| panic!("expected by this test"))
        .build();
    // The user of the cookie is not used, because the application names the users.
    let cookie = ("cookie", "ajs_user_id=victim; ajs_anonymous_id=a-1");
    chat_with(&app(&layer), &[cookie, ("accept-language", "de")]).await;
    assert_eq!(layer.counts().panics, 5);
    let sent = test.event("Message Sent");
    assert_eq!((sent.user_id(), sent.anonymous_id()), (None, Some("a-1")));
    assert_eq!(sent.json()["context"]["locale"], "de");
}

#[tokio::test]
async fn a_handler_that_panics_does_not_break_the_conversation() {
    async fn handler(conversation: RequestConversation, question: String) -> &'static str {
        let turn = conversation.turn(question.clone());
        let _entered = turn.enter();
        assert_ne!(question, "panic", "expected by this test");
        "ok"
    }
    let test = TestTracker::new();
    let layer = TrackLayer::new(test.tracker());
    let app = Router::new().route("/", post(handler)).layer(layer);
    let request = |body: &'static str| {
        Request::post("/")
            .header("copilot-conversation-id", "c-1")
            .body(Body::from(body))
            .unwrap()
    };
    let failing = app.clone();
    let task = tokio::spawn(async move { send(&failing, request("panic")).await });
    assert!(task.await.unwrap_err().is_panic());
    assert!(Conversation::current().is_none());
    assert_eq!(send(&app, request("?")).await.status(), 200);
    test.assert_names(&["Conversation Started", "Message Sent", "Message Sent"]);
}

#[tokio::test]
async fn unrelated_users_are_not_mixed_up_by_concurrent_requests() {
    let test = TestTracker::new();
    let app = app(&TrackLayer::new(test.tracker()));
    let requests = (0..50).map(|number| {
        let app = app.clone();
        tokio::spawn(async move {
            let cookie = format!("ajs_user_id=user-{number}");
            let id = format!("c-{number}");
            chat_with(
                &app,
                &[("cookie", &cookie), ("copilot-conversation-id", &id)],
            )
            .await;
        })
    });
    for request in requests.collect::<Vec<_>>() {
        request.await.unwrap();
    }
    let received = test.events_named("Message Received");
    assert_eq!(received.len(), 50);
    for event in received {
        let number = event.conversation_id().unwrap().strip_prefix("c-").unwrap();
        assert_eq!(
            event.user_id(),
            User::known(format!("user-{number}")).unwrap().user_id()
        );
    }
}
