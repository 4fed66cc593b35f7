//! A collector in this process: what stands in for Segment when there is no write key.
//!
//! It listens on a free port of the loopback address and speaks the batch call of Segment's HTTP
//! tracking API, so that what is printed at the end is what really went over the wire.

use std::{
    io::{self, Read as _},
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::{
    Router,
    body::Bytes,
    extract::{DefaultBodyLimit, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    routing::post,
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use flate2::read::GzDecoder;
use serde::Deserialize;
use serde_json::{Map, Value};
use tokio::{net::TcpListener, task::JoinHandle};

/// The most that a request's body may hold, before and after decompression. Segment's own limit on
/// a batch is 500 KB.
const LARGEST_BODY: usize = 1024 * 1024;

/// What has arrived.
#[derive(Clone, Debug, Default)]
pub(crate) struct Received {
    pub(crate) requests: usize,
    /// Bytes of the requests' bodies as they came over the wire.
    pub(crate) bytes: usize,
    pub(crate) events: Vec<Arrived>,
}

/// One event of a batch.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Arrived {
    #[serde(rename = "type")]
    pub(crate) call: String,
    pub(crate) event: Option<String>,
    pub(crate) user_id: Option<String>,
    pub(crate) anonymous_id: Option<String>,
    #[serde(default)]
    pub(crate) properties: Map<String, Value>,
}

#[derive(Deserialize)]
struct Batch {
    batch: Vec<Arrived>,
}

pub(crate) struct Collector {
    address: SocketAddr,
    received: Arc<Mutex<Received>>,
    server: JoinHandle<()>,
}

#[derive(Clone)]
struct Desk {
    authorization: String,
    received: Arc<Mutex<Received>>,
}

impl Collector {
    pub(crate) async fn start(write_key: &str) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let received = Arc::default();
        let desk = Desk {
            // The write key is the user of HTTP's basic authentication; there is no password.
            authorization: format!("Basic {}", BASE64_STANDARD.encode(format!("{write_key}:"))),
            received: Arc::clone(&received),
        };
        let router = Router::new()
            .route("/v1/batch", post(batch))
            .layer(DefaultBodyLimit::max(LARGEST_BODY))
            .with_state(desk);
        let server = tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, router).await {
                eprintln!("the collector has stopped: {error}");
            }
        });
        Ok(Self {
            address,
            received,
            server,
        })
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn received(&self) -> Received {
        lock(&self.received).clone()
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        self.server.abort();
    }
}

fn lock(received: &Mutex<Received>) -> MutexGuard<'_, Received> {
    received.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn batch(
    State(desk): State<Desk>,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, &'static str) {
    let header = |name| headers.get(name).map(HeaderValue::as_bytes);
    if header(header::AUTHORIZATION) != Some(desk.authorization.as_bytes()) {
        return (StatusCode::UNAUTHORIZED, r#"{"success":false}"#);
    }
    let gzipped = header(header::CONTENT_ENCODING) == Some(b"gzip");
    let Some(batch) = parse(&body, gzipped) else {
        return (StatusCode::BAD_REQUEST, r#"{"success":false}"#);
    };
    let mut received = lock(&desk.received);
    received.requests += 1;
    received.bytes += body.len();
    received.events.extend(batch);
    (StatusCode::OK, r#"{"success":true}"#)
}

fn parse(body: &[u8], gzipped: bool) -> Option<Vec<Arrived>> {
    let mut json = Vec::new();
    if gzipped {
        GzDecoder::new(body)
            .take(LARGEST_BODY as u64)
            .read_to_end(&mut json)
            .ok()?;
    } else {
        json.extend_from_slice(body);
    }
    serde_json::from_slice::<Batch>(&json)
        .ok()
        .map(|Batch { batch }| batch)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    const BODY: &str = r#"{"batch":[{"type":"track","event":"Conversation Ended","userId":"123",
        "messageId":"uuid","properties":{"conversationId":"c1","message_count":2}}]}"#;

    fn desk() -> (Desk, HeaderMap) {
        let desk = Desk {
            authorization: "Basic a2V5Og==".into(),
            received: Arc::default(),
        };
        let mut headers = HeaderMap::new();
        headers.insert(header::AUTHORIZATION, "Basic a2V5Og==".parse().unwrap());
        (desk, headers)
    }

    #[tokio::test]
    async fn a_batch_is_kept_gzipped_or_not() {
        let (desk, mut headers) = desk();
        let plain = batch(State(desk.clone()), headers.clone(), BODY.into()).await;
        assert_eq!(plain.0, StatusCode::OK);

        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(BODY.as_bytes()).unwrap();
        let gzip = gzip.finish().unwrap();
        headers.insert(header::CONTENT_ENCODING, "gzip".parse().unwrap());
        let zipped = batch(State(desk.clone()), headers, gzip.clone().into()).await;
        assert_eq!(zipped.0, StatusCode::OK);

        let received = lock(&desk.received);
        assert_eq!(received.requests, 2);
        assert_eq!(received.bytes, BODY.len() + gzip.len());
        for event in &received.events {
            assert_eq!(event.event.as_deref(), Some("Conversation Ended"));
            assert_eq!(event.properties["message_count"], 2);
        }
    }

    #[tokio::test]
    async fn strangers_and_garbage_are_refused() {
        let (desk, mut headers) = desk();
        let garbage = batch(State(desk.clone()), headers.clone(), "[]".into()).await;
        assert_eq!(garbage.0, StatusCode::BAD_REQUEST);
        headers.insert(header::CONTENT_ENCODING, "gzip".parse().unwrap());
        let not_gzip = batch(State(desk.clone()), headers, BODY.into()).await;
        assert_eq!(not_gzip.0, StatusCode::BAD_REQUEST);
        let stranger = batch(State(desk.clone()), HeaderMap::new(), BODY.into()).await;
        assert_eq!(stranger.0, StatusCode::UNAUTHORIZED);
        assert!(lock(&desk.received).events.is_empty());
    }
}
