//! A chat service whose replicas share their conversations.
//!
//! ```sh
//! SEGMENT_WRITE_KEY=… REDIS_URL=redis://127.0.0.1:6379 cargo run -p chat-service -- 8001
//! SEGMENT_WRITE_KEY=… REDIS_URL=redis://127.0.0.1:6379 cargo run -p chat-service -- 8002
//! ```
//!
//! Open <http://127.0.0.1:8001>, and send some messages. The page sends each request to one of the
//! ports of its `ports` parameter, for example `?ports=8001,8002`.

mod assistant;
mod page;

use std::io;
use std::time::Duration;

use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router, extract::State};
use copilot_track::spec::MessageSent;
use copilot_track::{Conversation, Conversations, ParseIdError, TrackEvent as _, Tracker, User};
use copilot_track_redis::RedisStore;
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;
use tokio::signal::ctrl_c;
#[cfg(unix)]
use tokio::signal::unix::{SignalKind, signal};

#[derive(Deserialize)]
struct Question {
    conversation: String,
    user: String,
    message_id: String,
    text: String,
}

#[derive(Serialize)]
struct Answer {
    message_id: Option<String>,
    text: String,
}

#[derive(Deserialize)]
struct Feedback {
    conversation: String,
    user: String,
    message_id: String,
    rating: u32,
}

type Result<T, E = (StatusCode, String)> = std::result::Result<T, E>;

/// Opens the conversation of a request.
async fn open(conversations: &Conversations, id: &str, user: &str) -> Result<Conversation> {
    let bad_request = |error: ParseIdError| (StatusCode::BAD_REQUEST, error.to_string());
    let user = User::anonymous(user).map_err(bad_request)?;
    conversations.open(id, user).await.map_err(bad_request)
}

async fn chat(
    State(conversations): State<Conversations>,
    Json(question): Json<Question>,
) -> Result<Json<Answer>> {
    let conversation = open(&conversations, &question.conversation, &question.user).await?;
    let message = MessageSent::new(question.text.clone()).message_id(question.message_id);
    let turn = conversation.turn_with(message);
    let text = turn.run(assistant::answer(&question.text)).await;
    let message_id = turn.reply_id().map(|id| id.to_string());
    Ok(Json(Answer { message_id, text }))
}

async fn feedback(
    State(conversations): State<Conversations>,
    Json(feedback): Json<Feedback>,
) -> Result<()> {
    let conversation = open(&conversations, &feedback.conversation, &feedback.user).await?;
    conversation.rate(feedback.message_id, feedback.rating);
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let idle = std::env::var("IDLE_SECONDS").map_or(Ok(30 * 60), |idle| idle.parse())?;
    let redis = std::env::var("REDIS_URL")?;

    let tracker = Tracker::from_env()?;
    let conversations = Conversations::builder(&tracker)
        .store(RedisStore::connect(redis).await?)
        .end_after_idle(Duration::from_secs(idle))
        .build();

    let service = Router::new()
        .route("/", get(page::page))
        .route("/chat", post(chat).options(page::allow_other_ports))
        .route("/feedback", post(feedback).options(page::allow_other_ports))
        .layer(axum::middleware::map_response(page::with_cors))
        .with_state(conversations);
    let port = std::env::args().nth(1).unwrap_or_else(|| "8001".to_owned());
    let host = std::env::var("HOST").unwrap_or_else(|_| "127.0.0.1".to_owned());
    let listener = TcpListener::bind(format!("{host}:{port}")).await?;
    // The handler must exist before a script that reads this line can send a signal.
    let stop_requested = stop_requested()?;
    println!("listening on http://{}", listener.local_addr()?);
    axum::serve(listener, service)
        .with_graceful_shutdown(stop_requested)
        .await?;

    let report = tracker.shutdown(Duration::from_secs(10)).await;
    println!("{report}");
    Ok(())
}

/// Returns a future that waits for Ctrl-C or, on Unix, for `SIGTERM`. The handler of `SIGTERM`
/// exists from the time of this call, not only when the future is polled.
fn stop_requested() -> io::Result<impl Future<Output = ()>> {
    #[cfg(unix)]
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        #[cfg(unix)]
        tokio::select! {
            _ = ctrl_c() => {}
            _ = terminate.recv() => {}
        }
        #[cfg(not(unix))]
        let _ = ctrl_c().await;
    })
}
