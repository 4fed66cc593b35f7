//! A chat endpoint that streams its answer as server-sent events.
//!
//! ```text
//! cargo run -p copilot-track-examples --example axum_sse
//! curl -N localhost:3000/chat/visitor-1 --data 'Is the Super Widget in stock?'
//! ```
//!
//! Prints the tracked events as JSON lines, or sends them to Segment if `SEGMENT_WRITE_KEY` is set.
//!
//! `stock_answer/mod.rs` contains the annotated functions. If you stop curl before the answer ends,
//! Message Received contains the words streamed so far and `"completion": "cancelled"`.

use std::{
    collections::HashMap,
    convert::Infallible,
    env,
    error::Error,
    io,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::{
    Router,
    extract::{Path, State},
    http::StatusCode,
    response::sse::{Event, Sse},
    routing::post,
};
use copilot_track::{Conversation, ParseIdError, Tracker, User};
use futures_util::{FutureExt as _, Stream, StreamExt as _};
use stock_answer::answer;
use tokio::net::TcpListener;

mod stock_answer;

/// The state of the app: the tracker and the open conversations.
///
/// A real app would remove conversations that have ended, or store their `state()` where other
/// processes can load it.
#[derive(Clone)]
struct App {
    tracker: Tracker,
    conversations: Arc<Mutex<HashMap<String, Conversation>>>,
}

impl App {
    /// Returns the open conversation of a visitor, or starts one.
    fn conversation(&self, visitor: String) -> Result<Conversation, ParseIdError> {
        let mut conversations = self
            .conversations
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(conversation) = conversations.get(&visitor) {
            return Ok(conversation.clone());
        }
        let conversation = self.tracker.conversation(User::anonymous(&visitor)?);
        conversations.insert(visitor, conversation.clone());
        Ok(conversation)
    }
}

async fn chat(
    State(app): State<App>,
    Path(visitor): Path<String>,
    question: String,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, (StatusCode, String)> {
    let conversation = app
        .conversation(visitor)
        .map_err(|error| (StatusCode::BAD_REQUEST, error.to_string()))?;
    let turn = conversation.turn(question.clone());
    // The stream is created in the turn's scope, so the turn is also current while axum polls it.
    let words = turn.in_scope(|| answer(question));
    Ok(Sse::new(words.map(|word| Ok(Event::default().data(word)))))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let tracker = match env::var_os("SEGMENT_WRITE_KEY") {
        Some(_) => Tracker::from_env()?,
        None => Tracker::builder().json_lines(io::stdout()).build()?,
    };
    let app = App {
        tracker: tracker.clone(),
        conversations: Arc::default(),
    };
    let router = Router::new()
        .route("/chat/{visitor}", post(chat))
        .with_state(app);
    let listener = TcpListener::bind(("127.0.0.1", 3000)).await?;
    eprintln!("listening on http://{}", listener.local_addr()?);
    axum::serve(listener, router)
        .with_graceful_shutdown(tokio::signal::ctrl_c().map(|_| ()))
        .await?;
    eprintln!("{}", tracker.shutdown(Duration::from_secs(5)).await);
    Ok(())
}
