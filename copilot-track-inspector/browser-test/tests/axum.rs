//! A page with Segment's browser SDK, served by an axum service that uses `copilot-track-tower`.
//! Both send their events to the inspector.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::response::sse::{self, Sse};
use axum::response::{Html, IntoResponse};
use axum::routing::{get, post};
use copilot_track::{CustomEvent, Tracker, tracked_reply};
use copilot_track_inspector::{Event, Inspector};
use copilot_track_inspector_browser_test::{Result, browser::Browser};
use copilot_track_tower::{AnonymousIdCookie, RequestConversation, RequestTracking, TrackLayer};
use futures_util::{Stream, StreamExt as _, stream};
use serde_json::{Value, json};
use tokio::net::TcpListener;

const TIMEOUT: Duration = Duration::from_secs(120);

/// Functions of the page. `chat` sends a message and returns the ids in the first event of the
/// answer.
const PAGE_SCRIPT: &str = r#"
async function chat(path, signal) {
    const response = await fetch(path, { method: "POST", body: "Is it in stock?", signal });
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    while (!text.includes("data: Yes")) text += (await reader.read()).value;
    const ids = JSON.parse(text.match(/^event: copilot-track\ndata: (.*)\n/)[1]);
    const headers = {
        conversationId: response.headers.get("copilot-conversation-id"),
        replyId: response.headers.get("copilot-reply-id"),
    };
    if (JSON.stringify(ids) !== JSON.stringify(headers)) throw new Error(JSON.stringify({ ids, headers }));
    return { ids, reader };
}
"#;

/// The service, the inspector, and a browser that shows the page.
struct Setup {
    inspector: Inspector,
    browser: Browser,
    tracker: Tracker,
}

#[tracked_reply]
fn answer(is_endless: bool) -> impl Stream<Item = &'static str> + Send {
    let rest = if is_endless {
        stream::pending().boxed()
    } else {
        stream::iter([", three are left."]).boxed()
    };
    stream::iter(["Yes"]).chain(rest)
}

fn chat(
    conversation: &RequestConversation,
    question: String,
    is_endless: bool,
) -> Sse<impl Stream<Item = std::result::Result<sse::Event, Infallible>> + use<>> {
    let turn = conversation.turn(question);
    let words = turn.in_scope(|| answer(is_endless));
    Sse::new(words.map(|word| Ok(sse::Event::default().data(word))))
}

impl Setup {
    async fn new() -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let origin = format!("http://localhost:{}", listener.local_addr()?.port());
        let inspector = Inspector::builder()
            .allow_origin(origin.as_str())
            .start()
            .await?;
        let tracker = Tracker::builder()
            .write_key("local")
            .endpoint(inspector.url())
            .flush_interval(Duration::from_millis(10))
            .build()?;
        let app = app(&tracker, &inspector)?;
        tokio::spawn(async move { axum::serve(listener, app).await });
        let browser = Browser::start(1024, 768).await?;
        browser.open(&origin).await?;
        browser.wait_until("window.analytics").await?;
        Ok(Self {
            inspector,
            browser,
            tracker,
        })
    }

    /// Waits for this number of events and returns them.
    async fn events(&self, count: usize) -> Result<Vec<Arc<Event>>> {
        if !self.inspector.wait_for(count, TIMEOUT).await? {
            let events = self.inspector.events().await?;
            return Err(format!("expected {count} events, but there are {events:#?}").into());
        }
        Ok(self.inspector.events().await?)
    }

    async fn close(self) -> Result<()> {
        self.browser.close().await?;
        let report = self.tracker.shutdown(TIMEOUT).await;
        if !report.is_all_delivered() {
            return Err(report.to_string().into());
        }
        Ok(())
    }
}

fn app(tracker: &Tracker, inspector: &Inspector) -> Result<Router> {
    let sdk = std::fs::read_to_string(std::env::var("ANALYTICS_NEXT")?)?;
    let address = inspector.address();
    let settings = json!({
        "writeKey": "local",
        "cdnSettings": {
            "integrations": {
                "Segment.io": {
                    "apiKey": "local", "apiHost": format!("{address}/v1"), "protocol": "http",
                },
            },
        },
    });
    let script = format!(
        "{sdk}\n{PAGE_SCRIPT}\nwindow.analytics = Segment.AnalyticsBrowser.load({settings});"
    );
    let page = "<!doctype html><title>Shop</title><link rel=icon href=data:,>\
                <script src=/script.js></script>";
    let tracker_of_page = tracker.clone();
    let layer = TrackLayer::builder(tracker)
        .anonymous_id_cookie(AnonymousIdCookie::new())
        .sse_event()
        .build();
    Ok(Router::new()
        .route(
            "/",
            get(async move |tracking: RequestTracking| {
                if let (Some(user), Ok(event)) = (tracking.user(), CustomEvent::new("Page Served"))
                {
                    tracker_of_page.track(user, event);
                }
                Html(page)
            }),
        )
        .route(
            "/chat",
            post(
                async |conversation: RequestConversation, question: String| {
                    chat(&conversation, question, false)
                },
            ),
        )
        .route(
            "/endless",
            post(
                async |conversation: RequestConversation, question: String| {
                    chat(&conversation, question, true)
                },
            ),
        )
        .layer(layer)
        // Only the page and the chat pass through the layer.
        .route(
            "/script.js",
            get(async move || {
                ([(CONTENT_TYPE, "text/javascript; charset=utf-8")], script).into_response()
            }),
        ))
}

fn named<'a>(events: &'a [Arc<Event>], name: &str) -> Option<&'a Event> {
    let mut events = events.iter().map(AsRef::as_ref);
    events.find(|event| event.name() == Some(name))
}

#[tokio::test]
#[ignore = "`.ci/browser` installs the SDK"]
async fn the_browser_and_the_service_agree_on_the_visitor_and_the_reply() -> Result<()> {
    let setup = Setup::new().await?;
    let ids = setup
        .browser
        .execute_async(
            "await analytics.page(); \
             const { ids } = await chat('/chat'); \
             const { conversationId, replyId: messageId } = ids; \
             await analytics.track('Feedback Submitted', { conversationId, messageId, rating: 5 }); \
             return ids;",
        )
        .await?;
    // Page Served, Page, Conversation Started, Message Sent, Message Received, Feedback Submitted.
    let events = setup.events(6).await?;
    let visitors: BTreeSet<_> = events.iter().map(|event| event.anonymous_id()).collect();
    assert_eq!(visitors.len(), 1, "{events:#?}");
    assert!(!visitors.contains(&None));

    let received = named(&events, "Message Received").ok_or("no reply")?;
    let feedback = named(&events, "Feedback Submitted").ok_or("no feedback")?;
    assert_eq!(received.text(), Some("Yes, three are left."));
    assert_eq!(ids["replyId"].as_str(), received.message_id());
    assert_eq!(feedback.message_id(), received.message_id());
    assert_eq!(feedback.conversation_id(), received.conversation_id());
    assert!(named(&events, "Page Served").is_some());
    setup.close().await
}

#[tokio::test]
#[ignore = "`.ci/browser` installs the SDK"]
async fn a_reply_is_cancelled_when_the_browser_aborts_the_request() -> Result<()> {
    let setup = Setup::new().await?;
    let replies = setup
        .browser
        .execute_async(
            "const controller = new AbortController(); \
             const { ids } = await chat('/endless', controller.signal); \
             controller.abort(); \
             return ids.replyId;",
        )
        .await?;
    // Page Served, Conversation Started, Message Sent, Message Received.
    let events = setup.events(4).await?;
    let received = named(&events, "Message Received").ok_or("no reply")?;
    assert_eq!(
        received.property("completion"),
        Some(Value::from("cancelled"))
    );
    assert_eq!(received.message_id(), replies.as_str());
    assert_eq!(received.text(), Some("Yes"));
    setup.close().await
}
