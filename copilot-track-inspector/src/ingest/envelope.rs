//! Creates events from a request.

use std::sync::Arc;

use axum::http::{HeaderMap, StatusCode};
use copilot_track_ingest::{
    BodyError, Call, Endpoint, Limits, MAX_BATCH_CALLS, RawBody, TrackingRequest, WriteKey,
    content_encoding, retry_count,
};

use crate::verdict::plan::loaded::LoadedPlan;

use super::call::{self, CallContext, IncompleteEvent, RequestContext};
use crate::{
    event::{
        fields::library,
        model::{DeliveryRequest, Event},
    },
    text::truncated,
    timestamp::Timestamp,
    verdict::{code::FindingCode, findings::Severity},
};

/// The first bytes of data that is compressed with gzip.
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

/// A request to the tracking API as it arrived.
pub(crate) struct ArrivedRequest<'a> {
    /// The number of the request. The first request has number 1.
    pub(crate) number: u64,
    pub(crate) path: String,
    pub(crate) endpoint: Endpoint,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) body: Result<RawBody, BodyError>,
}

/// What is known about a request before its body is parsed.
struct RequestInfo {
    request: DeliveryRequest,
    key: Option<WriteKey>,
    received_at: Timestamp,
}

/// The status and the message of the response to a rejected request.
type Rejection = (StatusCode, String);

/// Returns the events of a request. If the request is rejected as a whole, returns one event that
/// records the rejection, together with the response to send. `is_watched` is whether the live
/// stream has clients, which are sent each event.
pub(crate) fn read(
    request: ArrivedRequest<'_>,
    plan: Option<&LoadedPlan>,
    is_watched: bool,
) -> (Vec<Event>, Result<(), Rejection>) {
    let ArrivedRequest {
        number,
        path,
        endpoint,
        headers,
        body,
    } = request;
    let encoding = content_encoding(headers);
    let mut info = RequestInfo {
        request: DeliveryRequest {
            number,
            path,
            retry_count: retry_count(headers),
            encoding: encoding.map(|encoding| truncated(encoding, 32).to_owned()),
            status: 200,
            ..DeliveryRequest::default()
        },
        key: WriteKey::from_authorization(headers),
        received_at: Timestamp::now(),
    };
    let body = match body {
        Ok(body) => body,
        Err(error) => {
            let message = error.to_string();
            return reject(error.status(), info, &[], FindingCode::BadJson, &message);
        }
    };
    info.request.wire_bytes = body.received_bytes();
    let json = match body.decode(encoding, &Limits::default()) {
        Ok(json) => json,
        Err(error) => {
            let code = match error {
                BodyError::TooLarge { .. } => FindingCode::BatchTooLarge,
                _ => FindingCode::BadJson,
            };
            let message = error.to_string();
            return reject(error.status(), info, body.bytes(), code, &message);
        }
    };
    info.request.body_bytes = json.len();
    let context = CallContext::new(info.received_at, plan, is_watched);
    // Only the events that Segment could accept are kept, so that a body with many tiny calls
    // cannot evict the other events.
    let request = TrackingRequest::parse_with(endpoint, headers, &json, |index, call| {
        (index < MAX_BATCH_CALLS).then(|| call::read(&call, index, &context))
    });
    match request {
        Ok(request) => (events(info, request), Ok(())),
        Err(error) => {
            let message = if !json.starts_with(&GZIP_MAGIC) {
                error.to_string()
            } else if encoding.is_none_or(is_identity) {
                "the body is compressed with gzip, but the request has no `Content-Encoding: gzip` header"
                    .to_owned()
            } else {
                "the body is compressed twice".to_owned()
            };
            let code = FindingCode::BadJson;
            reject(StatusCode::BAD_REQUEST, info, &json, code, &message)
        }
    }
}

/// Returns whether an encoding leaves the body as it is.
fn is_identity(encoding: &str) -> bool {
    let encoding = encoding.trim();
    encoding.is_empty() || encoding.eq_ignore_ascii_case("identity")
}

fn events(info: RequestInfo, request: TrackingRequest<Option<IncompleteEvent>>) -> Vec<Event> {
    let RequestInfo {
        request: mut delivery,
        received_at,
        ..
    } = info;
    delivery.batch_size = request.calls().len();
    delivery.write_key = request.write_key().map(WriteKey::redacted);
    delivery.sent_at = request.sent_at().map(|at| truncated(at, 64).to_owned());
    delivery.skew_ms = delivery
        .sent_at
        .as_deref()
        .and_then(Timestamp::parse)
        .map(|sent| received_at.0.saturating_sub(sent.0));
    delivery.batch_context = request.context().map(str::to_owned);
    delivery.batch_integrations = request.integrations().map(str::to_owned);
    // The context is an object, like a call.
    let library = request.context().and_then(|json| {
        let context = Call::new(json);
        let context = context.parse().ok()?;
        library(context.members())
    });
    let count = request.calls().len();
    let has_write_key = request.write_key().is_some();
    let duplicate_key = request.duplicate_key().map(str::to_owned);
    let context = RequestContext {
        request: Arc::new(delivery),
        library,
    };
    let mut events: Vec<_> = request
        .into_calls()
        .into_iter()
        .flatten()
        .map(|event| event.complete(&context))
        .collect();
    for event in &mut events {
        if count > MAX_BATCH_CALLS {
            event.verdict.reject(
                FindingCode::BatchTooMany,
                "",
                format!("the batch has {count} calls; Segment responds with 200 and rejects batches of more than {MAX_BATCH_CALLS}; the inspector keeps the first {MAX_BATCH_CALLS}"),
            );
        }
        if !has_write_key {
            add_no_write_key(event);
        }
    }
    // The finding is about the whole request, but only events have findings. The finding is
    // therefore added to the first event.
    if let (Some(event), Some(name)) = (events.first_mut(), duplicate_key) {
        event.verdict.add(
            Severity::Warning,
            FindingCode::DuplicateKey,
            "",
            format!(
                "`{}` occurs twice at the top level of the request, so one of its values is lost",
                truncated(&name, 80)
            ),
        );
    }
    for event in &mut events {
        event.verdict.finish();
    }
    events
}

fn add_no_write_key(event: &mut Event) {
    event.verdict.add(
        Severity::Warning,
        FindingCode::NoWriteKey,
        "writeKey",
        "the request has no write key; send it as the user name of Basic authentication or as `writeKey` in the body (required even with a Bearer token)",
    );
}

fn reject(
    status: StatusCode,
    mut info: RequestInfo,
    body: &[u8],
    code: FindingCode,
    message: &str,
) -> (Vec<Event>, Result<(), Rejection>) {
    info.request.status = status.as_u16();
    info.request.write_key = info.key.as_ref().map(WriteKey::redacted);
    let request = Arc::new(info.request);
    let event = call::rejected_request(body, code, message, info.received_at, &request);
    (vec![event], Err((status, message.to_owned())))
}
