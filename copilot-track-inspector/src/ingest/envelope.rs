//! Creates events from a request.

use std::sync::Arc;

use axum::http::{HeaderMap, StatusCode};
use copilot_track_ingest::{
    BodyError, Endpoint, Limits, MAX_BATCH_CALLS, RawBody, TrackingRequest, WriteKey,
    content_encoding, retry_count,
};
use serde_json::Value;

use super::call::{self, CallContext};
use crate::{
    event::{
        fields::library,
        model::{DeliveryRequest, Event},
    },
    text::truncated,
    timestamp::Timestamp,
    verdict::findings::{FindingCode, Severity},
};

/// What is known about a request before its body is parsed.
struct Head {
    request: DeliveryRequest,
    key: Option<WriteKey>,
    received_at: Timestamp,
}

/// The status and the message of the response to a rejected request.
type Refused = (StatusCode, String);

/// Returns the events of a request. For a request that is rejected as a whole, returns one event
/// that records this, and what to respond.
pub(crate) fn read(
    number: u64,
    path: String,
    headers: &HeaderMap,
    body: Result<RawBody, BodyError>,
    endpoint: Endpoint,
) -> (Vec<Event>, Result<(), Refused>) {
    let encoding = content_encoding(headers);
    let mut head = Head {
        request: DeliveryRequest {
            number,
            path,
            retry_count: retry_count(headers),
            encoding: encoding.map(|encoding| truncated(encoding, 32).to_owned()),
            status: 200,
            ..DeliveryRequest::default()
        },
        key: WriteKey::from_basic_auth(headers),
        received_at: Timestamp::now(),
    };
    let body = match body {
        Ok(body) => body,
        Err(error) => {
            // SDKs retry a timeout.
            let why = error.to_string();
            return refuse(error.status(), head, &[], FindingCode::BadJson, &why);
        }
    };
    head.request.wire_bytes = body.received_bytes();
    let json = match body.decode(encoding, &Limits::default()) {
        Ok(json) => json,
        Err(error) => {
            let code = match error {
                BodyError::TooLarge { .. } => FindingCode::BatchTooLarge,
                _ => FindingCode::BadJson,
            };
            let why = error.to_string();
            return refuse(error.status(), head, body.bytes(), code, &why);
        }
    };
    head.request.body_bytes = json.len();
    match TrackingRequest::parse(endpoint, headers, &json) {
        Ok(request) => (events(head, &request), Ok(())),
        Err(error) => refuse(
            StatusCode::BAD_REQUEST,
            head,
            &json,
            FindingCode::BadJson,
            &error.to_string(),
        ),
    }
}

fn events(head: Head, request: &TrackingRequest<'_>) -> Vec<Event> {
    let Head {
        request: mut about,
        received_at,
        ..
    } = head;
    about.batch_size = request.calls().len();
    about.write_key = request.write_key().map(WriteKey::redacted);
    about.sent_at = request.sent_at().map(|at| truncated(at, 64).to_owned());
    about.skew_ms = about
        .sent_at
        .as_deref()
        .and_then(Timestamp::parse)
        .map(|sent| received_at.0.saturating_sub(sent.0));
    about.batch_context = request.context().map(str::to_owned);
    about.batch_integrations = request.integrations().map(str::to_owned);
    let context: Option<Value> = request
        .context()
        .and_then(|json| serde_json::from_str(json).ok());
    let about = Arc::new(about);
    let context = CallContext {
        received_at,
        request: &about,
        library: library(context.as_ref()),
    };
    let mut events: Vec<_> = request
        .calls()
        .iter()
        .enumerate()
        .map(|(index, call)| call::read(call, index, &context))
        .collect();
    let many = events.len();
    for event in &mut events {
        if many > MAX_BATCH_CALLS {
            event.verdict.reject(
                FindingCode::BatchTooMany,
                "",
                format!("the batch has {many} calls; Segment responds with 200 and rejects batches of more than {MAX_BATCH_CALLS}"),
            );
        }
        if request.write_key().is_none() {
            add_no_write_key(event);
        }
    }
    // A second `batch` would lose calls without a trace, so the first call reports it.
    if let (Some(event), Some(name)) = (events.first_mut(), request.duplicate_key()) {
        event.verdict.add(
            Severity::Warning,
            FindingCode::DuplicateKey,
            "",
            format!(
                "`{}` occurs twice next to `batch`, so one of its values is lost",
                truncated(name, 80)
            ),
        );
    }
    events
}

fn add_no_write_key(event: &mut Event) {
    event.verdict.add(
        Severity::Warning,
        FindingCode::NoWriteKey,
        "writeKey",
        "the request has no write key; send it as the user of Basic authentication or as `writeKey` in the body (required even with a Bearer token)",
    );
}

fn refuse(
    status: StatusCode,
    mut head: Head,
    body: &[u8],
    code: FindingCode,
    why: &str,
) -> (Vec<Event>, Result<(), Refused>) {
    head.request.status = status.as_u16();
    head.request.write_key = head.key.as_ref().map(WriteKey::redacted);
    let request = Arc::new(head.request);
    let context = CallContext {
        received_at: head.received_at,
        request: &request,
        library: None,
    };
    let event = call::refused(body, code, why, &context);
    (vec![event], Err((status, why.to_owned())))
}
