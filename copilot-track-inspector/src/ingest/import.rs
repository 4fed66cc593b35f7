//! Creates events from the lines of an import.

use std::sync::Arc;

use copilot_track_ingest::{Call, MAX_BODY_BYTES, RawObject};

use super::call::{self, CallContext, RequestContext};
use crate::{
    event::{
        fields::{occurred_at, restore},
        model::{DeliveryRequest, Event},
    },
    timestamp::Timestamp,
};

/// The number of lines of an import that are stored together.
pub(crate) const IMPORT_BATCH_LINES: usize = 256;

/// Creates an event from each line. A line is either a tracking call or an exported event.
pub(crate) fn read_lines<'a>(lines: impl Iterator<Item = &'a str>) -> Vec<Result<Event, String>> {
    lines.map(read_line).collect()
}

fn read_line(line: &str) -> Result<Event, String> {
    if line.len() > MAX_BODY_BYTES * 2 {
        return Err(format!(
            "the line has {} bytes, which is too long for a call",
            line.len()
        ));
    }
    let members: RawObject<'_> =
        serde_json::from_str(line).map_err(|error| format!("not a JSON object: {error}"))?;
    let Some(raw) = members
        .get("raw")
        .filter(|_| members.get("receivedAt").is_some())
    else {
        let call = Call::new(line);
        let request = Arc::new(DeliveryRequest {
            path: "/api/import".into(),
            batch_size: 1,
            body_bytes: line.len(),
            wire_bytes: line.len(),
            status: 200,
            write_key: call.write_key().map(|key| key.redacted()),
            ..DeliveryRequest::default()
        });
        let context = CallContext::new(Timestamp::now(), None, false);
        let event = call::read(&call, 0, &context);
        return Ok(event.complete(&RequestContext {
            request,
            library: None,
        }));
    };
    let mut event: Event =
        serde_json::from_str(line).map_err(|error| format!("not an exported event: {error}"))?;
    event.raw = raw.get().into();
    inherit(&mut event, &members);
    restore(&mut event);
    if members.get("occurredAt").is_none() {
        let skew_ms = event.delivery.request.skew_ms;
        let timestamp = event.timestamp.as_deref().and_then(Timestamp::parse);
        event.occurred_at = occurred_at(timestamp, skew_ms, event.received_at);
    }
    // The store determines whether the event is late among the events that it has.
    event.late = false;
    // When the event is stored, duplicates are detected again among the events in the store at that
    // time.
    event.verdict = event.verdict.without_duplicates();
    Ok(event)
}

/// Restores the members that an exported event inherited from its batch.
fn inherit(event: &mut Event, members: &RawObject<'_>) {
    let json = |name| members.get(name).map(|value| value.get().to_owned());
    let (context, integrations) = (json("batchContext"), json("batchIntegrations"));
    if context.is_some() || integrations.is_some() {
        let request = Arc::make_mut(&mut event.delivery.request);
        request.batch_context = context;
        request.batch_integrations = integrations;
    }
}
