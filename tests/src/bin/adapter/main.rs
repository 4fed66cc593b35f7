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

mod capture;
mod init;
mod response;
mod session;
mod state;

use std::net::Ipv4Addr;
use std::process::ExitCode;

use axum::Router;
use axum::routing::{get, post};
use copilot_track_tests::sdk_harness::stderr_log;
use serde_json::json;
use tokio::net::TcpListener;

use crate::capture::{capture, flush};
use crate::init::{init, reset};
use crate::response::{not_allowed, unknown};
use crate::session::Adapter;
use crate::state::{health, state};

fn main() -> ExitCode {
    stderr_log::to_stderr();
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
