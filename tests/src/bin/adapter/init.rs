//! `POST /init` and `POST /reset`.

use std::collections::HashMap;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::State;
use axum::response::Response;
use copilot_track::{Overflow, Tracker, TrackerBuilder};
use copilot_track_tests::sdk_harness::{endpoint, set};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::response::{Failure, HandlerResult, ok, read};
use crate::session::{Adapter, Session};

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
        // The test suite chooses the host, and may choose one without TLS.
        let mut builder = Tracker::builder()
            .write_key(&self.write_key)
            .allow_plain_http(true);
        let host = self.host.as_deref().map(endpoint);
        let millis = |length: Option<u64>| length.map(Duration::from_millis);
        builder = set(builder, host, TrackerBuilder::endpoint);
        builder = set(builder, self.flush_at, TrackerBuilder::flush_at);
        let interval = millis(self.flush_interval_ms);
        builder = set(builder, interval, TrackerBuilder::flush_interval);
        builder = set(builder, self.max_retries, TrackerBuilder::max_retries);
        let budget = millis(self.retry_budget_ms);
        builder = set(builder, budget, TrackerBuilder::retry_budget);
        let timeout = millis(self.request_timeout_ms);
        builder = set(builder, timeout, TrackerBuilder::request_timeout);
        builder = set(builder, self.gzip, TrackerBuilder::gzip);
        builder = set(
            builder,
            self.max_queue_events,
            TrackerBuilder::max_queue_events,
        );
        builder = set(
            builder,
            self.max_queue_bytes,
            TrackerBuilder::max_queue_bytes,
        );
        builder = set(builder, self.max_in_flight, TrackerBuilder::max_in_flight);
        builder = set(builder, self.disabled, TrackerBuilder::disabled);
        if let Some(overflow) = &self.overflow {
            let timeout = Duration::from_millis(self.block_ms.unwrap_or(1_000));
            builder = builder.overflow(match overflow.as_str() {
                "drop_newest" => Overflow::DropNewest,
                "drop_oldest" => Overflow::DropOldest,
                "block" => Overflow::Block(timeout),
                unknown => {
                    return Err(format!(
                        "invalid `overflow` `{unknown}`: expected `drop_newest`, `drop_oldest`, or `block`"
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

pub(crate) async fn init(State(adapter): State<Adapter>, body: Bytes) -> HandlerResult {
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

pub(crate) async fn reset(State(adapter): State<Adapter>) -> Response {
    let dropped = adapter.clear().await;
    ok(&json!({ "success": true, "events_dropped": dropped }))
}
