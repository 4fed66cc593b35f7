//! Sends batches to the tracking API over HTTP.

use std::fmt;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use reqwest::Url;
use reqwest::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, RETRY_AFTER};
use segment::Message;
use serde_json::Value;

use crate::delivery::endpoint::{Endpoint, PlainHttp};
use crate::delivery::segment::message::call_extra_mut;
use crate::delivery::segment::nesting::Nested as _;
use crate::delivery::transport::attempt_outcome::{self, AttemptOutcome, RetryCause};
use crate::delivery::transport::gzip::{Compression, gzip};
use crate::delivery::transport::retry_after;
use crate::delivery::write_key::WriteKey;
use crate::error::ConfigError;
use crate::util::timestamps::format_timestamp;

/// The header that contains the number of earlier attempts. Only retries have it.
const RETRY_COUNT: &str = "x-retry-count";
/// The default timeout of a request.
pub(crate) const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);
/// The maximum number of bytes that are read from a response's body. If the body is longer, the
/// rest is not read, and the connection is closed.
const MAX_RESPONSE_BYTES: usize = 64 * 1_024;
/// How long to wait for a response's body.
const RESPONSE_BODY_TIMEOUT: Duration = Duration::from_secs(1);

/// The HTTP transport: a connection pool to one endpoint.
///
/// A tracker creates its own transport. To send messages of the `segment` crate without a tracker,
/// create a transport and call its [`segment::Client`] implementation. Each call makes one request,
/// which is not queued, retried, or counted. If the message has no `sentAt`, the time of the call
/// is sent. A response with an error status is returned as [`segment::Error::NetworkError`].
///
/// ```no_run
/// use copilot_track::HttpTransport;
/// use copilot_track::segment::message::{Message, Track, User};
/// use copilot_track::segment::Client;
///
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// let transport = HttpTransport::new("https://api.segment.io")?;
/// let message = Message::Track(Track {
///     user: User::UserId { user_id: "123".to_owned() },
///     event: "Item Purchased".to_owned(),
///     ..Default::default()
/// });
/// transport.send("YOUR_WRITE_KEY".to_owned(), message).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct HttpTransport {
    client: reqwest::Client,
    endpoint: Endpoint,
    batch_url: Url,
    compression: Compression,
}

impl HttpTransport {
    /// Creates a transport to a Segment-compatible API, e.g. `https://api.segment.io`.
    ///
    /// A request times out after 30 s. Bodies of 1 KiB or more are compressed with gzip, unless the
    /// endpoint is on this machine.
    ///
    /// # Errors
    ///
    /// Returns a [`ConfigError`] if the endpoint is not a valid URL, if the endpoint uses plain
    /// HTTP and is not on this machine, or if the HTTP client cannot be set up.
    pub fn new(endpoint: impl AsRef<str>) -> Result<Self, ConfigError> {
        let endpoint = Endpoint::parse(endpoint.as_ref(), &PlainHttp::LoopbackOnly)?;
        let compression = Compression::default_for(&endpoint);
        Self::to(endpoint, compression, REQUEST_TIMEOUT)
    }

    pub(crate) fn to(
        endpoint: Endpoint,
        compression: Compression,
        timeout: Duration,
    ) -> Result<Self, ConfigError> {
        let mut client = client(&endpoint, timeout);
        if let Some((host, addresses)) = endpoint.loopback_addresses() {
            client = client.resolve_to_addrs(host, &addresses);
        }
        let client = client
            .build()
            .map_err(|error| ConfigError::HttpClient(Box::new(error)))?;
        Ok(Self {
            client,
            batch_url: endpoint.batch_url(),
            endpoint,
            compression,
        })
    }

    /// Returns the body in the form in which it is sent.
    pub(crate) fn encode(&self, body: &Bytes) -> Body {
        if self.compression.applies_to(body.len())
            && let Ok(bytes) = gzip(body)
        {
            return Body {
                bytes: bytes.into(),
                gzip: true,
            };
        }
        Body {
            bytes: body.clone(),
            gzip: false,
        }
    }

    /// Sends a batch's body once.
    pub(crate) async fn post(&self, key: &WriteKey, body: &Body, retries: u32) -> AttemptOutcome {
        match self
            .request(self.batch_url.clone(), key, body, retries)
            .await
        {
            Ok(response) => {
                let status = response.status().as_u16();
                let retry_after = header_delay(response.headers());
                let rest = tokio::time::timeout(RESPONSE_BODY_TIMEOUT, read(response));
                let too_large = if status == 400 {
                    says_too_large(&rest.await.unwrap_or_default())
                } else {
                    // The status is enough. The body is read only so that the connection can be
                    // reused.
                    tokio::spawn(rest);
                    false
                };
                attempt_outcome::classify(status, retry_after, too_large)
            }
            Err(error) => {
                // The error contains the URL, but not the request's headers or body.
                tracing::debug!(error = %error, "sending a batch failed");
                let cause = if error.is_connect() {
                    RetryCause::Unreachable
                } else if error.is_timeout() {
                    RetryCause::TimedOut
                } else {
                    RetryCause::Broken
                };
                AttemptOutcome::Retry {
                    retry_after: None,
                    cause,
                }
            }
        }
    }

    async fn request(
        &self,
        url: Url,
        key: &WriteKey,
        body: &Body,
        retries: u32,
    ) -> Result<reqwest::Response, reqwest::Error> {
        let mut request = self
            .client
            .post(url)
            .basic_auth(key.expose(), Some(""))
            .header(CONTENT_TYPE, "application/json")
            .body(body.bytes.clone());
        if body.gzip {
            request = request.header(CONTENT_ENCODING, "gzip");
        }
        if retries > 0 {
            request = request.header(RETRY_COUNT, retries);
        }
        request.send().await
    }
}

/// Configures the HTTP client. The client resolves the host name again for every connection.
fn client(endpoint: &Endpoint, timeout: Duration) -> reqwest::ClientBuilder {
    let client = reqwest::Client::builder()
        .user_agent(concat!("copilot-track/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(timeout.min(Duration::from_secs(10)))
        .timeout(timeout);
    if endpoint.is_loopback() {
        // A proxy cannot reach the loopback addresses of this machine.
        client.no_proxy()
    } else {
        client
    }
}

impl fmt::Debug for HttpTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpTransport")
            .field("endpoint", &self.endpoint)
            .field("compression", &self.compression)
            .finish_non_exhaustive()
    }
}

/// A request's body. Cloning it does not copy the bytes.
#[derive(Debug, Clone)]
pub(crate) struct Body {
    bytes: Bytes,
    gzip: bool,
}

/// Returns the delay that the `Retry-After` header requests.
pub(crate) fn header_delay(headers: &HeaderMap) -> Option<Duration> {
    let header = headers.get(RETRY_AFTER)?.to_str().ok()?;
    retry_after::retry_after(header, SystemTime::now())
}

/// Reads a response's body, up to the maximum size. If all of it is read, the connection can be
/// reused.
async fn read(mut response: reqwest::Response) -> Vec<u8> {
    let mut text = Vec::new();
    // If the connection breaks while the body is read, the status is still valid.
    while let Ok(Some(chunk)) = response.chunk().await {
        if text.len() + chunk.len() > MAX_RESPONSE_BYTES {
            break;
        }
        text.extend_from_slice(&chunk);
    }
    text
}

/// Returns whether the body of a response with status 400 indicates that the request is too large.
pub(crate) fn says_too_large(text: &[u8]) -> bool {
    let text = String::from_utf8_lossy(text).to_ascii_lowercase();
    ["too large", "too big", "exceed", "size", "32kb", "500kb"]
        .iter()
        .any(|words| text.contains(words))
}

/// Sets the message's `sentAt` to the current time, unless it has one.
fn set_sent_at(message: &mut Message) {
    let extra = call_extra_mut(message);
    if extra.contains_key("sentAt") {
        return;
    }
    if let Some(now) = format_timestamp(SystemTime::now()) {
        extra.insert("sentAt".to_owned(), Value::String(now));
    }
}

#[async_trait::async_trait]
impl segment::Client for HttpTransport {
    async fn send(&self, write_key: String, message: Message) -> segment::Result<()> {
        let path = match &message {
            Message::Identify(_) => "identify",
            Message::Track(_) => "track",
            Message::Page(_) => "page",
            Message::Screen(_) => "screen",
            Message::Group(_) => "group",
            Message::Alias(_) => "alias",
            Message::Batch(_) => "batch",
        };
        let mut message = message
            .check_depth()
            .map_err(<serde_json::Error as serde::ser::Error>::custom)?;
        set_sent_at(&mut message);
        let body = self.encode(&serde_json::to_vec(&message)?.into());
        let key = WriteKey::unchecked(write_key);
        self.request(self.endpoint.call_url(path), &key, &body, 0)
            .await?
            .error_for_status()?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;
    use std::net::SocketAddr;
    use std::sync::{Arc, Mutex};

    use reqwest::dns::{Addrs, Name, Resolve, Resolving};
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    use super::*;

    /// A resolver that returns the given results, one for each lookup.
    struct ChangingResolver(Mutex<VecDeque<Option<SocketAddr>>>);

    impl Resolve for ChangingResolver {
        fn resolve(&self, _: Name) -> Resolving {
            let next = self.0.lock().unwrap().pop_front().flatten();
            Box::pin(async move {
                let address = next.ok_or("the name is unknown")?;
                Ok(Box::new(std::iter::once(address)) as Addrs)
            })
        }
    }

    /// Responds to one request and closes the connection.
    async fn respond_once(listener: &TcpListener) {
        let (mut stream, _) = listener.accept().await.unwrap();
        let _ = stream.read(&mut [0; 4096]).await;
        let response = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
        stream.write_all(response).await.unwrap();
    }

    #[tokio::test]
    async fn a_name_is_resolved_again_for_every_connection() {
        let old = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let new = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = |listener: &TcpListener| Some(listener.local_addr().unwrap());
        // At first, the name is unknown. Then it has one address, and then another.
        let resolver = ChangingResolver(Mutex::new([None, at(&old), at(&new)].into()));
        let endpoint = Endpoint::parse("http://moves.localhost", &PlainHttp::LoopbackOnly).unwrap();
        let http = HttpTransport {
            client: client(&endpoint, REQUEST_TIMEOUT)
                .dns_resolver(Arc::new(resolver))
                .build()
                .unwrap(),
            batch_url: endpoint.batch_url(),
            endpoint,
            compression: Compression::Never,
        };
        let key = WriteKey::unchecked("k".to_owned());
        let body = http.encode(&Bytes::from_static(b"{}"));
        let unreachable = AttemptOutcome::Retry {
            retry_after: None,
            cause: RetryCause::Unreachable,
        };
        assert_eq!(http.post(&key, &body, 0).await, unreachable);
        for listener in [&old, &new] {
            let (outcome, ()) = tokio::join!(http.post(&key, &body, 1), respond_once(listener));
            assert_eq!(outcome, AttemptOutcome::Delivered);
        }
    }

    #[test]
    fn only_responses_about_the_size_split_a_batch() {
        assert!(says_too_large(br#"{"message":"Exceed payload limit"}"#));
        assert!(says_too_large(b"Request body too large"));
        assert!(!says_too_large(b"malformed JSON"));
        assert!(!says_too_large(b"\xff\xfe"));
    }
}
