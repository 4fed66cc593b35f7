//! Reads a body within limits.

use std::pin::{Pin, pin};

use bytes::Buf as _;
use http_body::Body;
use http_body_util::BodyExt as _;

use super::{error::BodyError, raw::RawBody};
use crate::limits::Limits;

/// The maximum amount of memory that is reserved before a body arrives, in bytes.
const MAX_RESERVED_BYTES: usize = 64 * 1024;

/// Reads a body to its end.
///
/// Keeps at most `max_body_bytes + 1` bytes. The rest of a longer body is read and discarded until
/// `max_discarded_bytes` have been received in total. [`RawBody::decode`] then returns an error,
/// because the body is too large.
///
/// # Errors
///
/// Returns [`BodyError::Disconnected`] if the connection closes early, and [`BodyError::TimedOut`]
/// if the body does not arrive within `body_timeout`.
pub async fn read_body<B: Body>(body: B, limits: &Limits) -> Result<RawBody, BodyError> {
    tokio::time::timeout(limits.body_timeout, collect(pin!(body), limits))
        .await
        .unwrap_or(Err(BodyError::TimedOut {
            timeout: limits.body_timeout,
        }))
}

async fn collect<B: Body>(mut body: Pin<&mut B>, limits: &Limits) -> Result<RawBody, BodyError> {
    let max_kept = limits.max_body_bytes.saturating_add(1);
    // The body has at least this length if the request has a `Content-Length` header.
    let expected = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    let mut bytes = Vec::with_capacity(expected.min(max_kept).min(MAX_RESERVED_BYTES));
    let mut received_bytes = 0;
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| BodyError::Disconnected)?;
        let Ok(mut data) = frame.into_data() else {
            continue;
        };
        received_bytes += data.remaining();
        let room = max_kept - bytes.len();
        let kept = data.copy_to_bytes(room.min(data.remaining()));
        bytes.extend_from_slice(&kept);
        if received_bytes > limits.max_discarded_bytes.max(limits.max_body_bytes) {
            break;
        }
    }
    Ok(RawBody {
        bytes: bytes.into(),
        received_bytes,
    })
}
