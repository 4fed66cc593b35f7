//! A request → its events: authentication, encoding, the batch's own members.

use std::sync::Arc;

use axum::http::{HeaderMap, StatusCode};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde_json::{Map, Value, value::RawValue};

use super::{
    body::{self, BodyError, Wire},
    call::{self, Setting, short_key},
    json::{Members, without_lone_surrogates},
};
use crate::{
    event::{
        fields::library,
        model::{Event, Request},
    },
    text::truncated,
    timestamp::Instant,
    verdict::findings::{Code, Severity},
};

/// The most events that Segment takes in a batch.
const BATCH_EVENTS: usize = 2_500;
/// What is known of a request before its body is.
struct Head {
    request: Request,
    key: Option<String>,
    received_at: Instant,
    kind: Option<&'static str>,
}

/// What a request is answered with that is refused, and why.
type Refused = (StatusCode, String);

/// The events of a request, or the one that tells why it was refused, with the reason.
pub(crate) fn read(
    number: u64,
    path: String,
    headers: &HeaderMap,
    came: Result<Wire, BodyError>,
    kind: Option<&'static str>,
) -> (Vec<Event>, Result<(), Refused>) {
    let mut head = Head {
        request: Request {
            number,
            path,
            retry_count: text(headers, "x-retry-count")
                .and_then(|n| n.trim().parse().ok())
                .unwrap_or(0),
            encoding: text(headers, "content-encoding")
                .map(|encoding| truncated(encoding, 32).to_owned()),
            status: 200,
            ..Request::default()
        },
        key: basic(headers),
        received_at: Instant::now(),
        kind,
    };
    let wire = match came {
        Ok(wire) => wire,
        Err(error) => {
            // SDKs send it again, which may go better.
            let status = match error {
                BodyError::Slow => StatusCode::REQUEST_TIMEOUT,
                _ => StatusCode::BAD_REQUEST,
            };
            return refuse_with(status, head, &[], Code::BadJson, &error.to_string());
        }
    };
    head.request.wire_bytes = wire.length;
    let json = match body::decode(&wire.bytes, text(headers, "content-encoding")) {
        Ok(json) => json,
        Err(error) => {
            let code = match error {
                BodyError::TooLarge => Code::BatchTooLarge,
                _ => Code::BadJson,
            };
            return refuse(head, &wire.bytes, code, &error.to_string());
        }
    };
    head.request.body_bytes = json.len();
    let text = match std::str::from_utf8(&json) {
        Ok(text) => text,
        Err(error) => {
            let why = format!("the body is no UTF-8: byte {} is not", error.valid_up_to());
            return refuse(head, &json, Code::BadJson, &why);
        }
    };
    let members: Members<'_> = match serde_json::from_str(text) {
        Ok(members) => members,
        Err(error) => {
            return refuse(
                head,
                &json,
                Code::BadJson,
                &format!("the body is no JSON object: {error}"),
            );
        }
    };
    if kind.is_some() {
        return (single(head, text, &members), Ok(()));
    }
    let items: Option<Vec<&RawValue>> = members
        .get("batch")
        .and_then(|all| serde_json::from_str(all.get()).ok());
    match items {
        Some(items) => (batch(head, &members, &items), Ok(())),
        None => refuse(
            head,
            &json,
            Code::BadJson,
            "the body needs `batch`, an array of calls",
        ),
    }
}

fn single(mut head: Head, text: &str, members: &Members<'_>) -> Vec<Event> {
    head.request.batch_size = 1;
    let keyed = own(&mut head, members);
    let request = Arc::new(head.request);
    let setting = Setting {
        received_at: head.received_at,
        request: &request,
        kind: head.kind,
        library: None,
    };
    let mut event = call::read(text, 0, &setting);
    if !keyed {
        no_key(&mut event);
    }
    vec![event]
}

fn batch(mut head: Head, members: &Members<'_>, items: &[&RawValue]) -> Vec<Event> {
    head.request.batch_size = items.len();
    let mut keyed = own(&mut head, members);
    let object = |name| -> Option<String> {
        let json = members.get(name)?.get();
        let json = without_lone_surrogates(json).unwrap_or_else(|| json.to_owned());
        serde_json::from_str::<Map<String, Value>>(&json)
            .is_ok()
            .then_some(json)
    };
    head.request.batch_context = object("context");
    head.request.batch_integrations = object("integrations");
    if !keyed {
        // Browsers put it into each call.
        let first = items
            .first()
            .and_then(|item| serde_json::from_str::<Members<'_>>(item.get()).ok());
        if let Some(key) = first.and_then(|call| call.text("writeKey")) {
            head.request.write_key = Some(short_key(&key));
            keyed = true;
        }
    }
    let request = Arc::new(head.request);
    let context: Option<Value> = request
        .batch_context
        .as_deref()
        .and_then(|json| serde_json::from_str(json).ok());
    let setting = Setting {
        received_at: head.received_at,
        request: &request,
        kind: None,
        library: library(context.as_ref()),
    };
    let mut events: Vec<_> = items
        .iter()
        .enumerate()
        .map(|(index, item)| call::read(item.get(), index, &setting))
        .collect();
    let many = events.len();
    for event in &mut events {
        if many > BATCH_EVENTS {
            event.verdict.reject(
                Code::BatchTooMany,
                "",
                format!("its batch has {many} events; above {BATCH_EVENTS} Segment answers 200 and rejects them"),
            );
        }
        if !keyed {
            no_key(event);
        }
    }
    // What is lost with a second `batch` nobody can tell; that something is, the first call does.
    if let (Some(event), Some(name)) = (events.first_mut(), members.doubled()) {
        event.verdict.add(
            Severity::Warning,
            Code::DuplicateKey,
            "",
            format!(
                "`{}` stands twice beside its `batch`: one value is lost",
                truncated(name, 80)
            ),
        );
    }
    events
}

/// Reads what the body itself says of the request. Whether there is a write key.
fn own(head: &mut Head, members: &Members<'_>) -> bool {
    let key = members
        .text("writeKey")
        .filter(|key| !key.is_empty())
        .or_else(|| head.key.take());
    head.request.write_key = key.as_deref().map(short_key);
    head.request.sent_at = members
        .text("sentAt")
        .map(|at| truncated(&at, 64).to_owned());
    head.request.skew_ms = head
        .request
        .sent_at
        .as_deref()
        .and_then(Instant::parse)
        .map(|sent| head.received_at.0.saturating_sub(sent.0));
    key.is_some()
}

fn no_key(event: &mut Event) {
    event.verdict.add(
        Severity::Warning,
        Code::NoWriteKey,
        "writeKey",
        "the request has no write key: Segment needs it as the user of Basic authentication, or as `writeKey` in the body (beside a Bearer token, too)",
    );
}

fn refuse(head: Head, body: &[u8], code: Code, why: &str) -> (Vec<Event>, Result<(), Refused>) {
    refuse_with(StatusCode::BAD_REQUEST, head, body, code, why)
}

fn refuse_with(
    status: StatusCode,
    mut head: Head,
    body: &[u8],
    code: Code,
    why: &str,
) -> (Vec<Event>, Result<(), Refused>) {
    head.request.status = status.as_u16();
    head.request.write_key = head.key.as_deref().map(short_key);
    let request = Arc::new(head.request);
    let setting = Setting {
        received_at: head.received_at,
        request: &request,
        kind: None,
        library: None,
    };
    let event = call::refused(body, code, why, &setting);
    (vec![event], Err((status, why.to_owned())))
}

/// The user of Basic authentication, which is the write key; its password is empty.
fn basic(headers: &HeaderMap) -> Option<String> {
    let (scheme, credentials) = text(headers, "authorization")?.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let credentials = String::from_utf8(BASE64_STANDARD.decode(credentials.trim()).ok()?).ok()?;
    let user = credentials
        .split_once(':')
        .map_or(credentials.as_str(), |(user, _)| user);
    (!user.is_empty()).then(|| user.to_owned())
}

/// A header as text.
fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}
