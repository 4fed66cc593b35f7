//! The anonymous id cookie.

use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use axum::response::IntoResponse;
use axum::routing::get;
use copilot_track::Consent;
use copilot_track::testing::TestTracker;
use copilot_track_tower::{
    AnonymousIdCookie, RequestConversation, TrackLayer, TrustedProxies, cookie,
};

use crate::support::{app, chat_with, send};

fn layer(test: &TestTracker) -> TrackLayer {
    TrackLayer::builder(test.tracker())
        .anonymous_id_cookie(AnonymousIdCookie::new())
        .build()
}

async fn set_cookie(app: &Router, headers: &[(&str, &str)]) -> Option<String> {
    let mut request = Request::get("/");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = send(app, request.body(Body::empty()).unwrap()).await;
    let cookie = response.headers().get("set-cookie")?;
    Some(cookie.to_str().unwrap().to_owned())
}

#[tokio::test]
async fn the_page_sets_the_id_that_the_chat_uses() {
    let test = TestTracker::new();
    let app = app(&layer(&test));
    let cookie = set_cookie(&app, &[]).await.unwrap();
    let (pair, attributes) = cookie.split_once("; ").unwrap();
    assert_eq!(attributes, "Path=/; Max-Age=31536000; SameSite=Lax");
    let id = pair.strip_prefix("ajs_anonymous_id=").unwrap();

    let headers = chat_with(&app, &[("cookie", pair)]).await;
    assert!(!headers.contains_key("set-cookie"));
    assert_eq!(test.event("Message Sent").anonymous_id(), Some(id));
}

#[tokio::test]
async fn the_first_message_has_the_id_of_its_cookie() {
    let test = TestTracker::new();
    let app = app(&layer(&test));
    let headers = chat_with(&app, &[("cookie", "ajs_user_id=123")]).await;
    let cookie = headers["set-cookie"].to_str().unwrap();
    let sent = test.event("Message Sent");
    assert_eq!(sent.user_id(), Some("123"));
    let id = sent.anonymous_id().unwrap();
    assert!(cookie.starts_with(&format!("ajs_anonymous_id={id};")));
}

#[tokio::test]
async fn the_cookie_is_off_by_default() {
    let test = TestTracker::new();
    let app = app(&TrackLayer::new(test.tracker()));
    assert_eq!(set_cookie(&app, &[]).await, None);
}

#[tokio::test]
async fn an_id_that_cannot_be_used_is_replaced() {
    let test = TestTracker::new();
    let app = app(&layer(&test));
    let long = format!("ajs_anonymous_id={}", "x".repeat(101));
    for cookie in [
        long.as_str(),
        "ajs_anonymous_id=",
        "ajs_anonymous_id=null",
        "ajs_anonymous_id=%00",
    ] {
        assert!(
            set_cookie(&app, &[("cookie", cookie)]).await.is_some(),
            "{cookie}"
        );
    }
    let valid = ("cookie", "ajs_anonymous_id=%22a%22");
    assert_eq!(set_cookie(&app, &[valid]).await, None);
}

#[tokio::test]
async fn consent_can_forbid_the_cookie() {
    fn consent(request: &axum::http::request::Parts) -> Option<Consent> {
        let answer = cookie(&request.headers, "consent")?;
        Some(Consent::new().category("Analytics", answer == "yes"))
    }
    let test = TestTracker::new();
    for (category, answer, is_set) in [
        (None, None, true),
        (None, Some("consent=yes"), true),
        (None, Some("consent=no"), false),
        (Some("Analytics"), None, false),
        (Some("Analytics"), Some("consent=yes"), true),
        (Some("Analytics"), Some("consent=no"), false),
    ] {
        let mut cookie = AnonymousIdCookie::new();
        if let Some(category) = category {
            cookie = cookie.category(category);
        }
        let layer = TrackLayer::builder(test.tracker())
            .anonymous_id_cookie(cookie)
            .consent(consent)
            .build();
        let headers: Vec<_> = answer
            .map(|answer| ("cookie", answer))
            .into_iter()
            .collect();
        let set = set_cookie(&app(&layer), &headers).await;
        assert_eq!(set.is_some(), is_set, "{category:?} {answer:?}");
    }
    let gpc = [("sec-gpc", "1"), ("cookie", "consent=yes")];
    assert_eq!(set_cookie(&app(&layer(&test)), &gpc).await, None);
}

#[tokio::test]
async fn the_consent_is_in_the_events() {
    let test = TestTracker::new();
    let layer = TrackLayer::builder(test.tracker())
        .consent(|_| {
            Some(
                Consent::new()
                    .category("Analytics", true)
                    .category("Ads", true),
            )
        })
        .gpc_categories(["Ads"])
        .build();
    chat_with(&app(&layer), &[("sec-gpc", "1")]).await;
    for event in test.events() {
        let preferences = &event.json()["context"]["consent"]["categoryPreferences"];
        assert_eq!(preferences["Analytics"], true, "{event}");
        assert_eq!(preferences["Ads"], false, "{event}");
    }
}

#[tokio::test]
async fn the_cookie_is_secure_behind_https() {
    let test = TestTracker::new();
    let proxies = TrustedProxies::x_forwarded_for(["10.0.0.0/8"]).unwrap();
    let secure = |peer: &'static str| {
        let layer = TrackLayer::builder(test.tracker())
            .anonymous_id_cookie(AnonymousIdCookie::new())
            .peer_address(move |_| peer.parse().ok())
            .trusted_proxies(proxies.clone())
            .build();
        app(&layer)
    };
    let https = ("x-forwarded-proto", "https");
    let cookie = set_cookie(&secure("10.0.0.1:1"), &[https]).await.unwrap();
    assert!(cookie.ends_with("; Secure"));
    let cookie = set_cookie(&secure("203.0.113.1:1"), &[https])
        .await
        .unwrap();
    assert!(!cookie.contains("Secure"));
    let cookie = set_cookie(&secure("10.0.0.1:1"), &[]).await.unwrap();
    assert!(!cookie.contains("Secure"));
}

#[tokio::test]
async fn only_responses_that_browsers_keep_to_themselves_set_the_cookie() {
    let test = TestTracker::new();
    let app = Router::new()
        .route("/ok", get(async || "ok"))
        .route(
            "/redirect",
            get(async || (StatusCode::FOUND, [("location", "/ok")])),
        )
        .route("/error", get(async || StatusCode::INTERNAL_SERVER_ERROR))
        .route(
            "/public",
            get(async || [("cache-control", "public, max-age=60")].into_response()),
        )
        .route(
            "/own",
            get(async || [("set-cookie", "ajs_anonymous_id=own")].into_response()),
        )
        .route(
            "/other",
            get(async || [("set-cookie", "ajs_anonymous_id_2=own")].into_response()),
        )
        .route(
            "/chat-error",
            get(async |_: RequestConversation| StatusCode::BAD_GATEWAY),
        )
        .layer(layer(&test));
    for (method, uri, is_set) in [
        (Method::GET, "/ok", true),
        (Method::HEAD, "/ok", false),
        (Method::OPTIONS, "/ok", false),
        (Method::GET, "/redirect", true),
        (Method::GET, "/error", false),
        (Method::GET, "/missing", false),
        (Method::GET, "/public", false),
        (Method::GET, "/own", false),
        (Method::GET, "/other", true),
        (Method::GET, "/chat-error", true),
    ] {
        let request = Request::builder().method(&method).uri(uri);
        let response = send(&app, request.body(Body::empty()).unwrap()).await;
        let cookies = response.headers().get_all("set-cookie");
        let set = cookies
            .iter()
            .any(|cookie| cookie.as_bytes().ends_with(b"SameSite=Lax"));
        assert_eq!(set, is_set, "{method} {uri}");
    }
}
