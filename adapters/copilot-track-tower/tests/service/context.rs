//! What surrounds the events.

use std::net::SocketAddr;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::extract::connect_info::MockConnectInfo;
use axum::http::Request;
use axum::routing::post;
use copilot_track::testing::TestTracker;
use copilot_track::{App, Context, Tracker};
use copilot_track_tower::{RequestConversation, TrackLayer, TrackLayerBuilder, TrustedProxies};
use serde_json::Value;

use crate::support::{app, chat_with, send};

fn with_peer(test: &TestTracker) -> TrackLayerBuilder {
    TrackLayer::builder(test.tracker()).peer_address(|request| {
        // The server adds `ConnectInfo`, and tests add `MockConnectInfo`.
        let mock = || Some(request.extensions.get::<MockConnectInfo<SocketAddr>>()?.0);
        let peer = request.extensions.get::<ConnectInfo<SocketAddr>>();
        peer.map(|peer| peer.0).or_else(mock)
    })
}

/// Sends a message from a peer, and returns the context of Message Sent.
async fn context(
    test: &TestTracker,
    layer: &TrackLayer,
    peer: &str,
    headers: &[(&str, &str)],
) -> Value {
    test.clear();
    let mut request = Request::post("/chat");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let mut request = request.body(Body::from("?")).unwrap();
    let peer: SocketAddr = peer.parse().unwrap();
    request.extensions_mut().insert(MockConnectInfo(peer));
    let response = send(&app(layer), request).await;
    assert_eq!(response.status(), 200);
    test.event("Message Sent").json()["context"].clone()
}

#[tokio::test]
async fn all_events_of_a_request_have_its_context() {
    let test = TestTracker::new();
    let layer = TrackLayer::new(test.tracker());
    let headers = [
        ("user-agent", "Mozilla/5.0"),
        ("accept-language", "en;q=0.5, de-DE"),
        ("referer", "https://example.com/pricing"),
    ];
    chat_with(&app(&layer), &headers).await;
    test.assert_names(&["Conversation Started", "Message Sent", "Message Received"]);
    for event in test.events() {
        let context = &event.json()["context"];
        assert_eq!(context["userAgent"], "Mozilla/5.0", "{event}");
        assert_eq!(context["locale"], "de-DE", "{event}");
        assert_eq!(context["page"]["path"], "/pricing", "{event}");
        assert_eq!(context.get("ip"), None, "{event}");
    }
}

#[tokio::test]
async fn forwarded_addresses_are_read_from_trusted_proxies_only() {
    let test = TestTracker::new();
    let proxies = TrustedProxies::x_forwarded_for(["10.0.0.0/8"]).unwrap();
    let layer = with_peer(&test).trusted_proxies(proxies).build();
    let chain = [("x-forwarded-for", "6.6.6.6, 203.0.113.7, 10.1.1.1")];
    assert_eq!(
        context(&test, &layer, "10.0.0.1:1", &chain).await["ip"],
        "203.0.113.7"
    );
    assert_eq!(
        context(&test, &layer, "198.51.100.1:1", &chain).await["ip"],
        "198.51.100.1"
    );
    assert_eq!(
        context(&test, &layer, "[2001:db8::1]:1", &chain).await["ip"],
        "2001:db8::1"
    );

    let layer = with_peer(&test).build();
    assert_eq!(
        context(&test, &layer, "10.0.0.1:1", &chain).await["ip"],
        "10.0.0.1"
    );
}

#[tokio::test]
async fn the_application_can_change_the_context() {
    let test = TestTracker::new();
    let layer = with_peer(&test)
        .context(|request, context| match request.headers.get("x-tenant") {
            Some(tenant) => context.group_id(tenant.to_str().unwrap_or_default()),
            None => Context::new(),
        })
        .build();
    let sent = context(&test, &layer, "10.0.0.1:1", &[("x-tenant", "acme")]).await;
    assert_eq!(
        (&sent["groupId"], &sent["ip"]),
        (&"acme".into(), &"10.0.0.1".into())
    );
    let sent = context(&test, &layer, "10.0.0.1:1", &[]).await;
    assert_eq!(sent.get("ip"), None);
}

#[tokio::test]
async fn the_context_that_the_application_sets_wins_over_that_of_the_request() {
    async fn handler(conversation: RequestConversation, question: String) -> &'static str {
        if question == "first" {
            conversation.set_context(Context::new().locale("nl").group_id("acme"));
        }
        conversation.turn(question).message_received("Yes");
        conversation.rate("m-1", 5);
        "ok"
    }
    let app = App::new().name("shop");
    let tracker = Tracker::builder().context(Context::new().app(app).user_agent("server"));
    let test = TestTracker::with(tracker).unwrap();
    let router = Router::new()
        .route("/", post(handler))
        .layer(TrackLayer::new(test.tracker()));
    for question in ["first", "second"] {
        test.clear();
        let request = Request::post("/")
            .header("copilot-conversation-id", "c-1")
            .header("accept-language", "de")
            .header("user-agent", question)
            .body(Body::from(question));
        assert_eq!(send(&router, request.unwrap()).await.status(), 200);
        assert!(test.events().len() >= 3);
        for event in test.events() {
            let context = &event.json()["context"];
            assert_eq!(context["app"]["name"], "shop", "{event}");
            assert_eq!(context["groupId"], "acme", "{event}");
            assert_eq!(context["locale"], "nl", "{event}");
            assert_eq!(context["userAgent"], question, "{event}");
        }
    }
}

#[tokio::test]
async fn requests_of_one_conversation_keep_their_own_context() {
    let test = TestTracker::new();
    let app = app(&TrackLayer::new(test.tracker()));
    let id = ("copilot-conversation-id", "c-1");
    for locale in ["de", "fr"] {
        chat_with(&app, &[id, ("accept-language", locale)]).await;
    }
    let locales = test.events_named("Message Sent");
    assert_eq!(locales[0].json()["context"]["locale"], "de");
    assert_eq!(locales[1].json()["context"]["locale"], "fr");
}
