//! `GET /state` and `GET /health`.

use std::collections::BTreeMap;

use axum::extract::State;
use axum::response::Response;
use copilot_track::{Ledger, Tracker};
use copilot_track_tests::sdk_harness::{losses, stderr_log};
use serde_json::json;

use crate::response::ok;
use crate::session::Adapter;

const VERSION: &str = env!("CARGO_PKG_VERSION");

pub(crate) async fn health() -> Response {
    ok(&json!({
        "sdk_name": "copilot-track",
        "sdk_version": VERSION,
        "adapter_version": VERSION,
        "supports_parallel": false,
        "capabilities": ["capture_v0", "encoding_gzip"],
    }))
}

pub(crate) async fn state(State(adapter): State<Adapter>) -> Response {
    let tracker = adapter.tracker().ok();
    let ledger = tracker.as_ref().map(Tracker::ledger).unwrap_or_default();
    let by_status = tracker
        .as_ref()
        .map(Tracker::rejected_by_status)
        .unwrap_or_default();
    let named: BTreeMap<String, u64> = by_status
        .iter()
        .map(|(status, events)| {
            let status = status.map_or_else(|| "none".to_owned(), |status| status.to_string());
            (status, *events)
        })
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

/// Describes the events that were dropped or, if there are none, the latest delivery problem.
fn last_error(ledger: &Ledger, by_status: &[(Option<u16>, u64)]) -> Option<String> {
    let lost = ledger.dropped.total() > 0;
    let lost = lost.then(|| losses(ledger, by_status)).flatten();
    lost.or_else(|| stderr_log::reasons().last().map(|(_, why)| why.clone()))
}
