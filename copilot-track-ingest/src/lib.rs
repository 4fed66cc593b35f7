//! Reads requests to Segment's HTTP tracking API.
//!
//! A program that accepts such requests processes each one in three steps:
//!
//! 1. [`read_body`] reads the body within the size and time limits in [`Limits`].
//! 2. [`RawBody::decode`] decompresses it within the same size limit.
//! 3. [`TrackingRequest::parse`] finds the write key and splits the body into [`Call`]s. Each call
//!    keeps the JSON that the client sent. [`Call::parse`] returns its members.
//!
//! The crate does not validate calls against a specification, and it does not store them. It works
//! with any HTTP server whose request bodies implement [`http_body::Body`]. [`read_body`] needs a
//! tokio runtime with timers.
//!
//! ```
//! use copilot_track_ingest::{Endpoint, Limits, TrackingRequest, content_encoding, read_body};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let request = http::Request::post("/v1/batch")
//!     .header("authorization", "Basic YS13cml0ZS1rZXk6")
//!     .body(r#"{"batch":[{"type":"track","event":"Order Placed"}]}"#.to_owned())?;
//!
//! let (head, body) = request.into_parts();
//! let endpoint = Endpoint::from_path(head.uri.path()).ok_or("unknown path")?;
//! let limits = Limits::default();
//! let body = read_body(body, &limits).await?;
//! let json = body.decode(content_encoding(&head.headers), &limits)?;
//! let request = TrackingRequest::parse(endpoint, &head.headers, &json)?;
//!
//! assert_eq!(request.write_key().map(|key| key.as_str()), Some("a-write-key"));
//! let call = request.calls()[0].parse()?;
//! let event = call.members().get("event");
//! assert_eq!(event.and_then(|name| name.as_str()), Some("Order Placed"));
//! # Ok(())
//! # }
//! ```
#![cfg_attr(docsrs, feature(doc_cfg))]

mod batch;
mod body;
mod call;
mod endpoint;
mod headers;
mod json;
mod limits;
mod request;
mod write_key;

pub use crate::{
    body::{error::BodyError, raw::RawBody, read::read_body},
    call::{Call, CallError, ParsedCall},
    endpoint::{CallKind, Endpoint},
    headers::{content_encoding, retry_count},
    json::{
        object::RawObject,
        surrogates::replace_lone_surrogates,
        value::{JsonObject, JsonValue},
    },
    limits::{Limits, MAX_BATCH_CALLS, MAX_BODY_BYTES, MAX_CALL_BYTES},
    request::{ParseError, TrackingRequest},
    write_key::{WriteKey, redact_write_keys},
};
