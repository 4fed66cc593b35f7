//! A chat service that streams its answers and prints the tracked events.
//!
//! ```text
//! cargo run -p copilot-track-tower --example axum_chat             # sends itself a few requests
//! cargo run -p copilot-track-tower --example axum_chat -- --serve  # listens on port 3000
//! curl -Ni localhost:3000/chat --data 'Is the Super Widget in stock?'
//! ```
//!
//! Prints the events as JSON lines, or sends them to Segment if `SEGMENT_WRITE_KEY` is set. If you
//! stop curl before the answer ends, Message Received contains the words so far and `"completion":
//! "cancelled"`.

use std::convert::Infallible;
use std::error::Error;
use std::net::SocketAddr;
use std::time::Duration;
use std::{env, io};

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Request, StatusCode};
use axum::response::sse::{Event, Sse};
use axum::routing::{get, post};
use copilot_track::Tracker;
use copilot_track_tower::{
    AnonymousIdCookie, CONVERSATION_ID_HEADER, REPLY_ID_HEADER, RequestConversation, TrackLayer,
};
use futures_util::{FutureExt as _, Stream, StreamExt as _};
use http_body_util::BodyExt as _;
use stock_answer::answer;
use tower::ServiceExt as _;

/// The annotated functions. The `axum_sse` example uses them too.
#[path = "../../../examples/examples/stock_answer/mod.rs"]
mod stock_answer;

/// Answers a message. The page sends the conversation's id in a header.
async fn chat(
    conversation: RequestConversation,
    question: String,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let turn = conversation.turn(question.clone());
    let words = turn.in_scope(|| answer(question));
    Sse::new(words.map(|word| Ok(Event::default().data(word))))
}

/// Rates the reply whose id is the body.
async fn rate(conversation: RequestConversation, reply_id: String) -> StatusCode {
    conversation.rate(reply_id, 5);
    StatusCode::NO_CONTENT
}

fn app(tracker: &Tracker) -> Router {
    let layer = TrackLayer::builder(tracker)
        .peer_address(|request| {
            let peer = request.extensions.get::<ConnectInfo<SocketAddr>>()?;
            Some(peer.0)
        })
        .anonymous_id_cookie(AnonymousIdCookie::new())
        .sse_event()
        .build();
    Router::new()
        .route("/", get(async || "POST a question to /chat"))
        .route("/chat", post(chat))
        .route("/rate", post(rate))
        .layer(layer)
}

/// Asks a question and rates the answer, like a page would.
async fn demo(app: Router) -> Result<(), Box<dyn Error>> {
    let page = Request::get("/").body(Body::empty())?;
    let response = app.clone().oneshot(page).await?;
    let cookie = response.headers().get("set-cookie").ok_or("no cookie")?;
    let cookie = cookie.to_str()?.split(';').next().unwrap_or_default();

    let request = Request::post("/chat")
        .header("cookie", cookie)
        .header("accept-language", "de-DE,en;q=0.5")
        .body(Body::from("Is the Super Widget in stock?"))?;
    let response = app.clone().oneshot(request).await?;
    let id = |name| response.headers().get(name).cloned().ok_or("no id");
    let (conversation_id, reply_id) = (id(CONVERSATION_ID_HEADER)?, id(REPLY_ID_HEADER)?);
    let stream = response.into_body().collect().await?.to_bytes();
    eprintln!("{}", String::from_utf8_lossy(&stream));

    let request = Request::post("/rate")
        .header("cookie", cookie)
        .header(CONVERSATION_ID_HEADER, conversation_id)
        .body(Body::from(reply_id.to_str()?.to_owned()))?;
    app.oneshot(request).await?;
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let tracker = match env::var_os("SEGMENT_WRITE_KEY") {
        Some(_) => Tracker::from_env()?,
        None => Tracker::builder().json_lines(io::stdout()).build()?,
    };
    if env::args().any(|argument| argument == "--serve") {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 3000)).await?;
        eprintln!("listening on http://{}", listener.local_addr()?);
        let service = app(&tracker).into_make_service_with_connect_info::<SocketAddr>();
        axum::serve(listener, service)
            .with_graceful_shutdown(tokio::signal::ctrl_c().map(|_| ()))
            .await?;
    } else {
        demo(app(&tracker)).await?;
    }
    eprintln!("{}", tracker.shutdown(Duration::from_secs(5)).await);
    Ok(())
}
