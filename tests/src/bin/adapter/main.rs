//! Drives a tracker over HTTP, so that the SDK test suites of other projects can test it.
//!
//! ```text
//! copilot-track-adapter --port 8080      # 0, the default, uses a free port
//! {"address":"http://127.0.0.1:8080"}    # one line on stdout; logs go to stderr
//! ```
//!
//! The interface is the one that `posthog-sdk-test-harness` expects. Segment's own field names are
//! also accepted. Requests and responses are JSON. Every response has a `success` field, except
//! those of `/health` and `/state`. If `success` is false, `error` contains the reason. The status
//! is 400 for an invalid request, 404 for an unknown endpoint, 405 for an unsupported method, and
//! 409 if the request needs a tracker and there is none.
//!
//! **`POST /init`** creates a tracker. An existing tracker is discarded, and so are its pending
//! events.
//!
//! | field | type | meaning |
//! | --- | --- | --- |
//! | `write_key` or `api_key` | string, required | the write key |
//! | `host` | string | host or URL, with or without a scheme and `/v1/batch`; Segment by default |
//! | `flush_at` | number | events per batch |
//! | `flush_interval_ms` | number | how long a batch that is not full waits |
//! | `max_retries` | number | the maximum number of retries, not counting retries after `Retry-After` |
//! | `retry_budget_ms`, `request_timeout_ms` | number | as in `TrackerBuilder` |
//! | `enable_compression` or `gzip` | boolean | whether all bodies (`true`) or no bodies (`false`) are compressed |
//! | `overflow` | string | `drop_newest`, `drop_oldest`, or `block` |
//! | `block_ms` | number, 1,000 by default | how long `block` waits |
//! | `max_queue_events`, `max_queue_bytes`, `max_in_flight` | number | as in `TrackerBuilder` |
//! | `content` | string | `full`, `hidden`, … |
//! | `disabled` | boolean | whether the tracker discards everything |
//!
//! Response: `{"success":true,"enabled":true,"ignored":[…]}`. `ignored` lists unknown fields.
//!
//! **`POST /capture`** sends one call. Its fields are `type` (`track` by default, `identify`,
//! `page`, `screen`, `group`, or `alias`), `event`, `userId` (or `user_id`, `distinct_id`),
//! `anonymousId`, `properties`, `traits`, `context`, `integrations`, `messageId` (or `uuid`),
//! `timestamp` (ISO 8601), `groupId`, `previousId`, and `name`. Any other field is sent unchanged.
//!
//! Response: `{"success":true,"uuid":"…"}`. `uuid` is the id of the call. The adapter generates an
//! id if the call has none. A call that the tracker rejects later, because it has no user or is too
//! large, appears in `/state`.
//!
//! A `track` or `identify` call with a `conversation_id` belongs to that conversation. The
//! conversation is created for the user of its first call. `chat_message_id` is the id of the chat
//! message that the call belongs to. The response has no `uuid`, because the tracker generates the
//! id of the call later.
//!
//! **`POST /flush`** with `{"timeout_ms":10000}` or an empty body sends the queued events and
//! waits. Response: `{"success":…,"events_flushed":1,"complete":…,"all_delivered":…,"ledger":{…}}`.
//! `success` and `complete` are true if the outcome of every event is known.
//!
//! **`GET /state`** returns `initialised`, `enabled`, `pending_events`, `total_events_captured`,
//! `total_events_sent`, `total_retries`, `last_error` (string or null), `requests_made` (always
//! empty, because the test suite's server records the requests), `ledger` (all counts, with drops
//! by reason), and `rejected_by_status` (such as `{"401":2}`).
//!
//! **`POST /reset`** discards the tracker. Response: `{"success":true,"events_dropped":0}`.
//!
//! **`GET /health`** returns `sdk_name`, `sdk_version`, `adapter_version`, `supports_parallel`
//! (false), and `capabilities`.

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
    let wrong =
        |error: lexopt::Error| format!("{error}; usage: copilot-track-adapter --port <number>");
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
