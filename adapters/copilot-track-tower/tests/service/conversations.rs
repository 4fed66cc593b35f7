//! Which conversation a request belongs to.

use axum::Router;
use axum::body::Body;
use axum::extract::Path;
use axum::http::{Request, StatusCode};
use axum::routing::post;
use copilot_track::Conversations;
use copilot_track::testing::{MemoryStore, TestTracker};
use copilot_track_tower::{AnonymousIdCookie, RequestConversation, RequestTracking, TrackLayer};

use crate::support::{app, chat_with, conversation_id, send, text};

#[tokio::test]
async fn the_id_in_the_header_continues_the_conversation() {
    let test = TestTracker::new();
    let app = app(&TrackLayer::new(test.tracker()));
    let cookie = ("cookie", "ajs_anonymous_id=a-1");
    let first = conversation_id(&chat_with(&app, &[cookie]).await);
    let header = ("copilot-conversation-id", first.as_str());
    let second = conversation_id(&chat_with(&app, &[cookie, header]).await);
    assert_eq!(first, second);
    test.assert_names(&[
        "Conversation Started",
        "Message Sent",
        "Message Received",
        "Message Sent",
        "Message Received",
    ]);
}

#[tokio::test]
async fn a_client_that_keeps_no_cookies_continues_its_conversation() {
    for with_cookie in [false, true] {
        let test = TestTracker::new();
        let mut layer = TrackLayer::builder(test.tracker());
        if with_cookie {
            layer = layer.anonymous_id_cookie(AnonymousIdCookie::new());
        }
        let app = app(&layer.build());
        let first = conversation_id(&chat_with(&app, &[]).await);
        let headers = chat_with(&app, &[("copilot-conversation-id", first.as_str())]).await;
        assert_eq!(conversation_id(&headers), first);
        assert!(!headers.contains_key("set-cookie"));
        let sent = test.events_named("Message Sent");
        assert_eq!(sent[0].anonymous_id(), sent[1].anonymous_id());
    }
}

#[tokio::test]
async fn the_conversation_of_another_user_is_not_continued() {
    let test = TestTracker::new();
    let layer = TrackLayer::new(test.tracker());
    let app = app(&layer);
    let header = ("copilot-conversation-id", "c-1");
    let owner = ("cookie", "ajs_user_id=owner; ajs_anonymous_id=a-1");
    chat_with(&app, &[header, owner]).await;
    for cookie in [
        "ajs_user_id=stranger",
        "ajs_user_id=stranger; ajs_anonymous_id=a-1",
        "ajs_anonymous_id=a-2",
        "x=y",
    ] {
        test.clear();
        let headers = chat_with(&app, &[header, ("cookie", cookie)]).await;
        assert_ne!(conversation_id(&headers), "c-1", "{cookie}");
        assert!(test.events_named("Identify").is_empty(), "{cookie}");
    }
    assert_eq!(layer.counts().refused_conversations, 4);

    // The owner's conversation has not changed.
    test.clear();
    let other_device = ("cookie", "ajs_user_id=owner; ajs_anonymous_id=a-3");
    let headers = chat_with(&app, &[header, other_device]).await;
    assert_eq!(conversation_id(&headers), "c-1");
    assert_eq!(test.event("Message Sent").user_id(), Some("owner"));
}

#[tokio::test]
async fn instances_with_a_store_know_each_others_users() {
    let test = TestTracker::new();
    let store = MemoryStore::new();
    let instances = [(); 2].map(|()| {
        let conversations = Conversations::builder(test.tracker()).store(store.clone());
        TrackLayer::builder(test.tracker())
            .conversations(&conversations.build())
            .build()
    });
    let header = ("copilot-conversation-id", "c-1");
    let [owner, stranger] = ["owner", "stranger"].map(|user| format!("ajs_user_id={user}"));
    chat_with(&app(&instances[0]), &[header, ("cookie", &owner)]).await;
    // Flushing writes the conversation to the store.
    test.clear();

    let headers = chat_with(&app(&instances[1]), &[header, ("cookie", &stranger)]).await;
    assert_ne!(conversation_id(&headers), "c-1");
    assert_eq!(instances[1].counts().refused_conversations, 1);
    let headers = chat_with(&app(&instances[1]), &[header, ("cookie", &owner)]).await;
    assert_eq!(conversation_id(&headers), "c-1");
    assert!(test.events_named("Identify").is_empty());
}

#[tokio::test]
async fn a_cookie_can_contain_the_conversation_id() {
    let test = TestTracker::new();
    let layer = TrackLayer::builder(test.tracker())
        .conversation_id_cookie("chat")
        .build();
    let app = app(&layer);
    let headers = chat_with(&app, &[("cookie", "chat=c%201")]).await;
    assert_eq!(conversation_id(&headers), "c 1");
    let header = ("copilot-conversation-id", "c-2");
    let headers = chat_with(&app, &[("cookie", "chat=c%201"), header]).await;
    assert_eq!(conversation_id(&headers), "c-2");
}

#[tokio::test]
async fn the_applications_id_overrides_the_header() {
    let test = TestTracker::new();
    let layer = TrackLayer::builder(test.tracker())
        .conversation_id(|request| {
            let id = request.uri.query()?.strip_prefix("c=")?;
            Some(id.to_owned())
        })
        .build();
    let app = app(&layer);
    for (uri, expected) in [
        ("/chat?c=c-1", "c-1"),
        ("/chat?c=", "c-2"),
        ("/chat", "c-2"),
    ] {
        let request = Request::post(uri)
            .header("copilot-conversation-id", "c-2")
            .body(Body::from("?"))
            .unwrap();
        let response = send(&app, request).await;
        assert_eq!(conversation_id(response.headers()), expected, "{uri}");
    }
    assert_eq!(layer.counts().invalid_ids, 1);
}

#[tokio::test]
async fn a_handler_can_open_a_conversation_by_id() {
    async fn handler(
        Path(id): Path<String>,
        tracking: RequestTracking,
    ) -> Result<String, StatusCode> {
        let conversation = tracking
            .open(id)
            .await
            .map_err(|_| StatusCode::BAD_REQUEST)?;
        Ok(conversation.turn("?").message_received("Yes").to_string())
    }
    let test = TestTracker::new();
    let conversations = Conversations::builder(test.tracker()).build();
    let layer = TrackLayer::builder(test.tracker())
        .conversations(&conversations)
        .build();
    let app = Router::new().route("/{id}", post(handler)).layer(layer);
    let request = Request::post("/c-1")
        .header("copilot-conversation-id", "c-2")
        .header("cookie", "ajs_user_id=123");
    let response = send(&app, request.body(Body::empty()).unwrap()).await;
    assert_eq!(conversation_id(response.headers()), "c-1");
    let reply_id = response.headers()["copilot-reply-id"]
        .to_str()
        .unwrap()
        .to_owned();
    assert_eq!(text(response).await, reply_id);
    assert!(conversations.get("c-1").is_some() && conversations.len() == 1);

    let long = format!("/{}", "x".repeat(101));
    let response = send(&app, Request::post(long).body(Body::empty()).unwrap()).await;
    assert_eq!(response.status(), 400);
}

#[tokio::test]
async fn both_extractors_return_the_same_conversation() {
    async fn handler(tracking: RequestTracking, conversation: RequestConversation) -> String {
        assert_eq!(tracking.conversation().await.id(), conversation.id());
        conversation.into_inner().id().to_string()
    }
    let test = TestTracker::new();
    let app = Router::new()
        .route("/", post(handler))
        .layer(TrackLayer::new(test.tracker()));
    let response = send(&app, Request::post("/").body(Body::empty()).unwrap()).await;
    assert_eq!(response.status(), 200);
    let id = conversation_id(response.headers());
    assert_eq!(text(response).await, id);
    test.assert_silent();
}

#[tokio::test]
async fn a_missing_layer_is_a_clear_error() {
    async fn handler(_: RequestConversation) {}
    let app = Router::new().route("/", post(handler));
    let response = send(&app, Request::post("/").body(Body::empty()).unwrap()).await;
    assert_eq!(response.status(), 500);
    let message = text(response).await;
    assert!(
        message.contains("`.layer(TrackLayer::new(&tracker))`"),
        "{message}"
    );
}
