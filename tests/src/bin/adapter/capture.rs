//! `POST /capture` and `POST /flush`.

use std::time::Duration;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use copilot_track::{Conversation, ConversationId, CustomEvent, TrackEvent as _, User};
use copilot_track_tests::sdk_harness::Call;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::response::{Failure, HandlerResult, ok, read};
use crate::session::Adapter;

const FLUSH_TIMEOUT: Duration = Duration::from_secs(10);

#[derive(Deserialize)]
struct Capture {
    #[serde(alias = "conversationId")]
    conversation_id: Option<String>,
    #[serde(alias = "chatMessageId")]
    chat_message_id: Option<String>,
    #[serde(flatten)]
    call: Call,
}

pub(crate) async fn capture(State(adapter): State<Adapter>, body: Bytes) -> HandlerResult {
    let mut capture: Capture = read(&body)?;
    if capture.call.kind.is_none() {
        capture.call.kind = Some("track".to_owned());
    }
    if let Some(id) = capture.conversation_id.take() {
        let conversation = conversation(&adapter, &id, &capture.call)?;
        in_conversation(conversation, capture).await?;
        return Ok(ok(&json!({ "success": true })));
    }
    let tracker = adapter.tracker()?;
    // A new conversation's id is a random UUID, and a conversation without events sends nothing.
    let generated = || {
        let conversation = tracker.conversation(User::new_anonymous());
        conversation.id().as_str().to_owned()
    };
    let uuid = capture
        .call
        .message_id
        .get_or_insert_with(generated)
        .clone();
    let message = capture.call.into_message().map_err(Failure::bad)?;
    run_blocking(move || tracker.send(message)).await?;
    Ok(ok(&json!({ "success": true, "uuid": uuid })))
}

/// Runs a call that may block, because a full queue can make the caller wait.
async fn run_blocking(work: impl FnOnce() + Send + 'static) -> Result<(), Failure> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| Failure {
        status: StatusCode::INTERNAL_SERVER_ERROR,
        error: error.to_string(),
    })
}

/// Returns the conversation with this id. Creates it if necessary.
fn conversation(adapter: &Adapter, id: &str, call: &Call) -> Result<Conversation, Failure> {
    let mut session = adapter.lock();
    let session = session.as_mut().ok_or_else(Failure::uninitialized)?;
    if let Some(conversation) = session.conversations.get(id) {
        return Ok(conversation.clone());
    }
    let user = user(call)?;
    let key = id.to_owned();
    let id = ConversationId::new(id).map_err(|error| Failure::bad(error.to_string()))?;
    let conversation = session.tracker.conversation_with_id(id, user);
    session.conversations.insert(key, conversation.clone());
    Ok(conversation)
}

fn user(call: &Call) -> Result<User, Failure> {
    match (&call.user_id, &call.anonymous_id) {
        (Some(known), Some(anonymous)) => User::both(known, anonymous),
        (Some(known), None) => User::known(known),
        (None, Some(anonymous)) => User::anonymous(anonymous),
        (None, None) => {
            return Err(Failure::bad("no user: set `userId` or `anonymousId`"));
        }
    }
    .map_err(|error| Failure::bad(error.to_string()))
}

async fn in_conversation(conversation: Conversation, capture: Capture) -> Result<(), Failure> {
    let call = capture.call;
    match call.kind.as_deref() {
        Some("track") => {
            let name = call.event.clone().unwrap_or_default();
            let event = CustomEvent::new(name).map_err(|error| Failure::bad(error.to_string()))?;
            let mut event = event.into_event();
            if let Some(at) = call.time().map_err(Failure::bad)? {
                event = event.timestamp(at);
            }
            if let Some(id) = capture.chat_message_id {
                event = event.message_id(id);
            }
            match call.properties {
                None | Some(Value::Null) => {}
                Some(Value::Object(properties)) => {
                    for (name, value) in properties {
                        event = event.property(name, value);
                    }
                }
                Some(_) => return Err(Failure::bad("`properties` is not a JSON object")),
            }
            run_blocking(move || conversation.track(event)).await
        }
        Some("identify") => {
            let user = user(&call)?;
            let traits = call.traits.unwrap_or_else(|| json!({}));
            run_blocking(move || conversation.identify_with(&user, &traits)).await
        }
        _ => Err(Failure::bad(
            "only `track` and `identify` calls can belong to a conversation",
        )),
    }
}

#[derive(Deserialize)]
struct Flush {
    timeout_ms: Option<u64>,
}

pub(crate) async fn flush(State(adapter): State<Adapter>, body: Bytes) -> HandlerResult {
    let flush: Flush = read(&body)?;
    let timeout = flush
        .timeout_ms
        .map_or(FLUSH_TIMEOUT, Duration::from_millis);
    let tracker = adapter.tracker()?;
    let before = tracker.ledger().delivered;
    let report = tracker.flush(timeout).await;
    Ok(ok(&json!({
        "success": report.complete,
        "events_flushed": report.ledger.delivered - before,
        "complete": report.complete,
        "all_delivered": report.is_all_delivered(),
        "ledger": report.ledger,
    })))
}
