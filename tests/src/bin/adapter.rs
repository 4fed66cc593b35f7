//! Drives the tracker over HTTP, so that outside SDK test suites can be pointed at it.
//!
//! ```text
//! copilot-track-adapter --port 8080      # 0, the default, takes a free port
//! {"address":"http://127.0.0.1:8080"}    # one line on stdout; logs go to stderr
//! ```
//!
//! The shape is that of `posthog-sdk-test-harness`: its endpoints, requests and answers
//! are understood as they are, and Segment's own field names beside them. Requests and answers are
//! JSON. Every answer but that of `/health` and `/state` has `success`; where it is false, `error`
//! says why. The status is 400 for a request that cannot be understood, 404 and 405 for an endpoint
//! that does not exist, 409 before `/init`.
//!
//! **`POST /init`** makes a tracker; one that is there is thrown away with what it holds.
//!
//! | field | type | is |
//! | --- | --- | --- |
//! | `write_key` or `api_key` | text, needed | the write key |
//! | `host` | text | host or URL, with or without a scheme and `/v1/batch`; Segment by default |
//! | `flush_at` | number | events a batch |
//! | `flush_interval_ms` | number | when a batch leaves that is not full |
//! | `max_retries` | number | how often a request is tried again, `Retry-After` aside |
//! | `retry_budget_ms`, `request_timeout_ms` | number | as the builder has them |
//! | `enable_compression` or `gzip` | yes or no | whether bodies are compressed |
//! | `overflow` | text | `drop_newest`, `drop_oldest` or `block` |
//! | `block_ms` | number, 1,000 by default | for how long `block` waits |
//! | `max_queue_events`, `max_queue_bytes`, `max_in_flight` | number | as the builder has them |
//! | `content` | text | `full`, `hidden`, … |
//! | `disabled` | yes or no | a tracker that does nothing |
//!
//! Answer: `{"success":true,"enabled":true,"ignored":[…]}`, the last naming fields that are none of
//! these.
//!
//! **`POST /capture`** sends one call: `type` (`track` by default, `identify`, `page`, `screen`,
//! `group`, `alias`), `event`, `userId` (or `user_id`, `distinct_id`), `anonymousId`, `properties`,
//! `traits`, `context`, `integrations`, `messageId` (or `uuid`), `timestamp` (ISO 8601), `groupId`,
//! `previousId`, `name`; any other field is sent as it is. With `conversation_id` a `track` or
//! `identify` call goes through that conversation, which is begun for the user of its first call;
//! `chat_message_id` is then the chat message that it belongs to. Answer:
//! `{"success":true,"uuid":"…"}` with the call's id. Where the call brings none, the adapter draws
//! one, as a tracker's own are drawn later and known to the endpoint alone: such a call in a
//! conversation has no `uuid` in its answer. A call that the tracker refuses later (no user, too
//! large) shows in `/state`.
//!
//! **`POST /flush`**, `{"timeout_ms":10000}` or nothing: sends what is queued and waits. Answer:
//! `{"success":…,"events_flushed":1,"complete":…,"all_delivered":…,"ledger":{…}}`; `success` and
//! `complete` say whether the fate of all events is known.
//!
//! **`GET /state`**: `initialised`, `enabled`, `pending_events`, `total_events_captured`,
//! `total_events_sent`, `total_retries`, `last_error` (text or null), `requests_made` (always
//! empty: the endpoint knows better), `ledger` (all counts, losses by reason) and
//! `rejected_by_status` (`{"401":2}`).
//!
//! **`POST /reset`** throws the tracker away: `{"success":true,"events_dropped":0}`.
//!
//! **`GET /health`**: `sdk_name`, `sdk_version`, `adapter_version`, `supports_parallel` (false) and
//! `capabilities`.

mod wire;

use std::collections::{BTreeMap, HashMap};
use std::net::Ipv4Addr;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use copilot_track::{
    Builder, Conversation, ConversationId, CustomEvent, Ledger, Overflow, TrackEvent as _, Tracker,
    User,
};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use tokio::net::TcpListener;

use crate::wire::{Call, set};

const VERSION: &str = env!("CARGO_PKG_VERSION");
const FLUSH_TIMEOUT: Duration = Duration::from_secs(10);

fn main() -> ExitCode {
    wire::log::to_stderr();
    match port().and_then(serve) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn port() -> Result<u16, String> {
    let mut arguments = lexopt::Parser::from_env();
    let mut port = 0;
    let wrong = |error: lexopt::Error| format!("{error}; call it with --port <number>");
    while let Some(argument) = arguments.next().map_err(wrong)? {
        match argument {
            lexopt::Arg::Long("port") => {
                let value = arguments.value().map_err(wrong)?;
                port = lexopt::ValueExt::parse(&value).map_err(wrong)?;
            }
            other => return Err(wrong(other.unexpected())),
        }
    }
    Ok(port)
}

#[tokio::main(flavor = "current_thread")]
async fn serve(port: u16) -> Result<(), String> {
    let wrong = |error: std::io::Error| format!("cannot listen on port {port}: {error}");
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))
        .await
        .map_err(wrong)?;
    let address = listener.local_addr().map_err(wrong)?;
    println!("{}", json!({ "address": format!("http://{address}") }));
    let app = Router::new()
        .route("/health", get(health))
        .route("/init", post(init))
        .route("/capture", post(capture))
        .route("/flush", post(flush))
        .route("/state", get(state))
        .route("/reset", post(reset))
        .fallback(unknown)
        .method_not_allowed_fallback(not_allowed)
        .with_state(Adapter::default());
    axum::serve(listener, app).await.map_err(wrong)
}

/// The one tracker, if there is one.
#[derive(Clone, Default)]
struct Adapter(Arc<Mutex<Option<Session>>>);

struct Session {
    tracker: Tracker,
    conversations: HashMap<String, Conversation>,
}

impl Adapter {
    fn lock(&self) -> MutexGuard<'_, Option<Session>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tracker(&self) -> Result<Tracker, Failure> {
        match &*self.lock() {
            Some(session) => Ok(session.tracker.clone()),
            None => Err(Failure::uninitialised()),
        }
    }

    /// Throws the tracker away. Says how many events were lost by that.
    async fn clear(&self) -> u64 {
        let session = self.lock().take();
        let Some(Session { tracker, .. }) = session else {
            return 0;
        };
        let before = tracker.ledger().dropped.shutdown;
        // Shut down here, so that dropping the last handle has nothing to wait for.
        let report = tracker.shutdown(Duration::ZERO).await;
        wire::log::reasons().clear();
        report.ledger.dropped.shutdown - before
    }
}

/// An answer that says why not.
struct Failure {
    status: StatusCode,
    error: String,
}

impl Failure {
    fn bad(error: impl Into<String>) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            error: error.into(),
        }
    }

    fn uninitialised() -> Self {
        Self {
            status: StatusCode::CONFLICT,
            error: "there is no tracker: POST /init first".to_owned(),
        }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        answer(
            self.status,
            &json!({ "success": false, "error": self.error }),
        )
    }
}

fn answer(status: StatusCode, body: &Value) -> Response {
    let json = [(header::CONTENT_TYPE, "application/json")];
    (status, json, body.to_string()).into_response()
}

type Answer = Result<Response, Failure>;

fn ok(body: &Value) -> Response {
    answer(StatusCode::OK, body)
}

/// A request's JSON; no body is as good as an empty object.
fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Failure> {
    let body = if body.is_empty() { b"{}" } else { body };
    serde_json::from_slice(body).map_err(|error| {
        Failure::bad(format!(
            "the body is not the JSON that is expected: {error}"
        ))
    })
}

async fn unknown(uri: Uri) -> Failure {
    Failure {
        status: StatusCode::NOT_FOUND,
        error: format!("there is no endpoint {}", uri.path()),
    }
}

async fn not_allowed(method: Method, uri: Uri) -> Failure {
    Failure {
        status: StatusCode::METHOD_NOT_ALLOWED,
        error: format!("{} does not take {method}", uri.path()),
    }
}

async fn health() -> Response {
    ok(&json!({
        "sdk_name": "copilot-track",
        "sdk_version": VERSION,
        "adapter_version": VERSION,
        "supports_parallel": false,
        "capabilities": ["encoding_gzip"],
    }))
}

#[derive(Deserialize)]
struct Init {
    #[serde(alias = "api_key")]
    write_key: String,
    host: Option<String>,
    flush_at: Option<usize>,
    flush_interval_ms: Option<u64>,
    max_retries: Option<u32>,
    retry_budget_ms: Option<u64>,
    request_timeout_ms: Option<u64>,
    #[serde(alias = "enable_compression")]
    gzip: Option<bool>,
    overflow: Option<String>,
    block_ms: Option<u64>,
    max_queue_events: Option<usize>,
    max_queue_bytes: Option<usize>,
    max_in_flight: Option<usize>,
    content: Option<String>,
    disabled: Option<bool>,
    #[serde(flatten)]
    ignored: Map<String, Value>,
}

impl Init {
    fn tracker(&self) -> Result<Tracker, String> {
        // Whoever runs a suite names the host.
        let mut builder = Tracker::builder()
            .write_key(&self.write_key)
            .allow_plain_http(true);
        let host = self.host.as_deref().map(wire::endpoint);
        let millis = |length: Option<u64>| length.map(Duration::from_millis);
        builder = set(builder, host, Builder::endpoint);
        builder = set(builder, self.flush_at, Builder::flush_at);
        let interval = millis(self.flush_interval_ms);
        builder = set(builder, interval, Builder::flush_interval);
        builder = set(builder, self.max_retries, Builder::max_retries);
        let budget = millis(self.retry_budget_ms);
        builder = set(builder, budget, Builder::retry_budget);
        let timeout = millis(self.request_timeout_ms);
        builder = set(builder, timeout, Builder::request_timeout);
        builder = set(builder, self.gzip, Builder::gzip);
        builder = set(builder, self.max_queue_events, Builder::max_queue_events);
        builder = set(builder, self.max_queue_bytes, Builder::max_queue_bytes);
        builder = set(builder, self.max_in_flight, Builder::max_in_flight);
        builder = set(builder, self.disabled, Builder::disabled);
        if let Some(overflow) = &self.overflow {
            let patience = Duration::from_millis(self.block_ms.unwrap_or(1_000));
            builder = builder.overflow(match overflow.as_str() {
                "drop_newest" => Overflow::DropNewest,
                "drop_oldest" => Overflow::DropOldest,
                "block" => Overflow::Block(patience),
                unknown => {
                    return Err(format!(
                        "unknown overflow `{unknown}`: it is drop_newest, drop_oldest or block"
                    ));
                }
            });
        }
        if let Some(content) = &self.content {
            let content = content.parse();
            builder = builder.content(content.map_err(|error| format!("`content`: {error}"))?);
        }
        builder.build().map_err(|error| error.to_string())
    }
}

async fn init(State(adapter): State<Adapter>, body: Bytes) -> Answer {
    let init: Init = read(&body)?;
    adapter.clear().await;
    let tracker = init.tracker().map_err(Failure::bad)?;
    let enabled = tracker.is_enabled();
    *adapter.lock() = Some(Session {
        tracker,
        conversations: HashMap::new(),
    });
    let ignored: Vec<_> = init.ignored.keys().collect();
    Ok(ok(
        &json!({ "success": true, "enabled": enabled, "ignored": ignored }),
    ))
}

#[derive(Deserialize)]
struct Capture {
    #[serde(alias = "conversationId")]
    conversation_id: Option<String>,
    #[serde(alias = "chatMessageId")]
    chat_message_id: Option<String>,
    #[serde(flatten)]
    call: Call,
}

async fn capture(State(adapter): State<Adapter>, body: Bytes) -> Answer {
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
    // A conversation's id is a random UUID, and one without events is nothing else.
    let drawn = || {
        let conversation = tracker.conversation(User::new_anonymous());
        conversation.id().as_str().to_owned()
    };
    let uuid = capture.call.message_id.get_or_insert_with(drawn).clone();
    let message = capture.call.into_message().map_err(Failure::bad)?;
    aside(move || tracker.send(message)).await?;
    Ok(ok(&json!({ "success": true, "uuid": uuid })))
}

/// Runs what may block: a full queue can let its callers wait.
async fn aside(work: impl FnOnce() + Send + 'static) -> Result<(), Failure> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| Failure {
        status: StatusCode::INTERNAL_SERVER_ERROR,
        error: error.to_string(),
    })
}

/// The conversation of this id, begun if need be.
fn conversation(adapter: &Adapter, id: &str, call: &Call) -> Result<Conversation, Failure> {
    let mut session = adapter.lock();
    let session = session.as_mut().ok_or_else(Failure::uninitialised)?;
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
            return Err(Failure::bad(
                "it names no user: set `userId` or `anonymousId`",
            ));
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
                Some(_) => return Err(Failure::bad("its `properties` are no JSON object")),
            }
            aside(move || conversation.track(event)).await
        }
        Some("identify") => {
            let user = user(&call)?;
            let traits = call.traits.unwrap_or_else(|| json!({}));
            aside(move || conversation.identify_with(user, &traits)).await
        }
        _ => Err(Failure::bad(
            "only `track` and `identify` can be in a conversation",
        )),
    }
}

#[derive(Deserialize)]
struct Flush {
    timeout_ms: Option<u64>,
}

async fn flush(State(adapter): State<Adapter>, body: Bytes) -> Answer {
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

async fn state(State(adapter): State<Adapter>) -> Response {
    let tracker = adapter.tracker().ok();
    let ledger = tracker.as_ref().map(Tracker::ledger).unwrap_or_default();
    let by_status = tracker
        .as_ref()
        .map(Tracker::rejected_by_status)
        .unwrap_or_default();
    let named: BTreeMap<String, u64> = by_status
        .iter()
        .map(|(status, events)| (status.to_string(), *events))
        .collect();
    ok(&json!({
        "initialised": tracker.is_some(),
        "enabled": tracker.as_ref().is_some_and(Tracker::is_enabled),
        "pending_events": ledger.pending,
        "total_events_captured": ledger.emitted,
        "total_events_sent": ledger.delivered,
        "total_retries": ledger.retries,
        "last_error": last_error(&ledger, &by_status),
        "requests_made": [],
        "ledger": ledger,
        "rejected_by_status": named,
    }))
}

/// What was lost and why, or what is in the way of what waits.
fn last_error(ledger: &Ledger, by_status: &[(u16, u64)]) -> Option<String> {
    let lost = ledger.dropped.total() > 0;
    let lost = lost.then(|| wire::losses(ledger, by_status)).flatten();
    lost.or_else(|| wire::log::reasons().last().map(|(_, why)| why.clone()))
}

async fn reset(State(adapter): State<Adapter>) -> Response {
    let dropped = adapter.clear().await;
    ok(&json!({ "success": true, "events_dropped": dropped }))
}
