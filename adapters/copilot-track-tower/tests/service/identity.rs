//! Who the customer is.

use axum::http::HeaderName;
use copilot_track::User;
use copilot_track::testing::{CapturedEvent, TestTracker};
use copilot_track_tower::TrackLayer;

use crate::support::{app, chat_with};

fn sent(test: &TestTracker) -> CapturedEvent {
    test.event("Message Sent")
}

#[tokio::test]
async fn cookies_of_analytics_js_name_the_user() {
    for cookies in [
        "ajs_user_id=123; ajs_anonymous_id=a-1",
        "ajs_user_id=%22123%22; ajs_anonymous_id=%22a-1%22",
        "ajs_user_id=\"123\"; ajs_anonymous_id=\"a-1\"",
        "x=y;ajs_anonymous_id=a%2D1;ajs_user_id=%31%32%33",
    ] {
        let test = TestTracker::new();
        let app = app(&TrackLayer::new(test.tracker()));
        chat_with(&app, &[("cookie", cookies)]).await;
        assert_eq!(sent(&test).user_id(), Some("123"), "{cookies}");
        assert_eq!(sent(&test).anonymous_id(), Some("a-1"), "{cookies}");
    }
}

#[tokio::test]
async fn the_applications_authentication_overrides_cookies_and_headers() {
    let test = TestTracker::new();
    let layer = TrackLayer::builder(test.tracker())
        .user(|request| User::known(request.headers.get("x-session")?.to_str().ok()?).ok())
        .user_id_header(HeaderName::from_static("x-user-id"))
        .build();
    let app = app(&layer);
    let claims = ("cookie", "ajs_user_id=victim; ajs_anonymous_id=a-1");
    let header = ("x-user-id", "victim");
    chat_with(&app, &[claims, header, ("x-session", "123")]).await;
    assert_eq!(sent(&test).user_id(), Some("123"));
    assert_eq!(sent(&test).anonymous_id(), Some("a-1"));

    // The customer is not logged in.
    test.clear();
    chat_with(&app, &[claims, header]).await;
    assert_eq!(sent(&test).user_id(), None);
    assert_eq!(sent(&test).anonymous_id(), Some("a-1"));
}

#[tokio::test]
async fn the_application_can_name_the_anonymous_id() {
    let test = TestTracker::new();
    let layer = TrackLayer::builder(test.tracker())
        .user(|_| User::both("123", "device-1").ok())
        .build();
    chat_with(&app(&layer), &[("cookie", "ajs_anonymous_id=a-1")]).await;
    assert_eq!(sent(&test).anonymous_id(), Some("device-1"));
}

#[tokio::test]
async fn headers_are_read_only_if_they_are_configured() {
    let headers = [
        ("x-user-id", "123"),
        ("x-anonymous-id", "device-1"),
        ("cookie", "ajs_user_id=c; ajs_anonymous_id=a-1"),
    ];
    let test = TestTracker::new();
    chat_with(&app(&TrackLayer::new(test.tracker())), &headers).await;
    assert_eq!(sent(&test).user_id(), Some("c"));
    assert_eq!(sent(&test).anonymous_id(), Some("a-1"));

    test.clear();
    let layer = TrackLayer::builder(test.tracker())
        .user_id_header(HeaderName::from_static("x-user-id"))
        .anonymous_id_header(HeaderName::from_static("x-anonymous-id"))
        .build();
    chat_with(&app(&layer), &headers).await;
    assert_eq!(sent(&test).user_id(), Some("123"));
    assert_eq!(sent(&test).anonymous_id(), Some("device-1"));
}

#[tokio::test]
async fn repeated_headers_cannot_choose_the_user() {
    let test = TestTracker::new();
    let layer = TrackLayer::builder(test.tracker())
        .user_id_header(HeaderName::from_static("x-user-id"))
        .build();
    let app = app(&layer);
    let claim = ("cookie", "ajs_user_id=victim; ajs_anonymous_id=a-1");
    // The gateway adds its header to that of the customer.
    let headers = [claim, ("x-user-id", "victim"), ("x-user-id", "123")];
    chat_with(&app, &headers).await;
    assert_eq!(sent(&test).user_id(), None);
    assert_eq!(sent(&test).anonymous_id(), Some("a-1"));
    assert_eq!(layer.counts().invalid_ids, 1);

    test.clear();
    let headers = [claim, ("x-user-id", "123"), ("x-user-id", " 123 ")];
    chat_with(&app, &headers).await;
    assert_eq!(sent(&test).user_id(), Some("123"));

    // The first of several conversation ids is used.
    test.clear();
    let ids = [
        ("copilot-conversation-id", "c-1"),
        ("copilot-conversation-id", "c-2"),
    ];
    chat_with(&app, &ids).await;
    assert_eq!(sent(&test).conversation_id(), Some("c-1"));
}

#[tokio::test]
async fn without_any_id_the_anonymous_id_is_random() {
    let test = TestTracker::new();
    let app = app(&TrackLayer::new(test.tracker()));
    chat_with(&app, &[]).await;
    assert_eq!(sent(&test).anonymous_id().map(str::len), Some(36));
}

#[tokio::test]
async fn a_login_between_two_requests_is_identified_once() {
    let test = TestTracker::new();
    let app = app(&TrackLayer::new(test.tracker()));
    let visitor = ("cookie", "ajs_anonymous_id=a-1");
    let customer = ("cookie", "ajs_anonymous_id=a-1; ajs_user_id=123");
    let id = ("copilot-conversation-id", "c-1");
    for cookie in [visitor, customer, customer] {
        chat_with(&app, &[id, cookie]).await;
    }
    assert_eq!(test.event("Identify").user_id(), Some("123"));
    assert_eq!(test.events_named("Conversation Started").len(), 1);
    let sent = test.events_named("Message Sent");
    assert_eq!(sent.len(), 3);
    assert!(
        sent.iter()
            .all(|event| event.conversation_id() == Some("c-1"))
    );
}
