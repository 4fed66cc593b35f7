//! Sends batches to the tracking API over HTTP.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use reqwest::Url;
use reqwest::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, RETRY_AFTER};

use crate::delivery::endpoint::{Endpoint, PlainHttp};
use crate::delivery::transport::attempt_outcome::{self, AttemptOutcome};
use crate::delivery::transport::gzip::{Compression, gzip};
use crate::delivery::transport::response_body::{excerpt, read, says_too_large};
use crate::delivery::transport::{request_error, retry_after, tls};
use crate::delivery::write_key::WriteKey;
use crate::error::ConfigError;
use crate::privacy::masking::masker::Masker;
use crate::util::{panics, reentrancy};

/// The header that contains the number of earlier attempts. Only retries have it.
const RETRY_COUNT: &str = "x-retry-count";
/// The default timeout of a request.
pub(crate) const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);

/// The HTTP transport: a connection pool to one endpoint.
///
/// A tracker creates its own transport. To send messages of the `segment` crate without a tracker,
/// create a transport and call its [`segment::Client`] implementation. Each call makes one request,
/// which is not queued, retried, or counted. If the message has no `sentAt`, the time of the call
/// is sent. A failed request is returned as [`segment::Error::NetworkError`]. This error has the
/// status of the response or, if there was no response, a source that describes the failure.
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
    /// All clones share the client.
    client: Arc<Mutex<reqwest::Client>>,
    options: Arc<HttpOptions>,
    pub(super) endpoint: Endpoint,
    batch_url: Url,
    compression: Compression,
}

/// The settings of an [`HttpTransport`].
#[derive(Debug, Clone)]
pub(crate) struct HttpOptions {
    /// Whether bodies are compressed. `None` selects the default for the endpoint.
    pub(crate) gzip: Option<bool>,
    pub(crate) timeout: Duration,
    /// Root certificates that are trusted in addition to the system's, in PEM format.
    pub(crate) root_certificates: Vec<Vec<u8>>,
    /// The masker for the parts of responses that are logged.
    pub(crate) masker: Arc<Masker>,
}

impl Default for HttpOptions {
    fn default() -> Self {
        Self {
            gzip: None,
            timeout: REQUEST_TIMEOUT,
            root_certificates: Vec::new(),
            masker: Arc::default(),
        }
    }
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
    /// HTTP and is not on this machine, or if the HTTP client cannot be set up (see
    /// [TLS](crate#tls)).
    pub fn new(endpoint: impl AsRef<str>) -> Result<Self, ConfigError> {
        let endpoint = Endpoint::parse(endpoint.as_ref(), &PlainHttp::LoopbackOnly)?;
        Self::to(endpoint, HttpOptions::default())
    }

    pub(crate) fn to(endpoint: Endpoint, options: HttpOptions) -> Result<Self, ConfigError> {
        endpoint.check_tls()?;
        let client = client_without_lookup(&endpoint, &options)?;
        Self::with_client(client, endpoint, options)
    }

    /// Replaces the client after a panic, which may have left a lock of the client poisoned.
    /// Such a client would panic for every later request.
    pub(crate) fn replace_client(&self) {
        let client = client_without_lookup(&self.endpoint, &self.options);
        if let Ok(Ok(client)) = client.map(reqwest::ClientBuilder::build) {
            let damaged = std::mem::replace(&mut *lock(&self.client), client);
            panics::drop_caught(damaged);
        }
    }

    fn with_client(
        client: reqwest::ClientBuilder,
        endpoint: Endpoint,
        options: HttpOptions,
    ) -> Result<Self, ConfigError> {
        let client = client
            .build()
            .map_err(|error| ConfigError::HttpClient(Box::new(error)))?;
        let compression = match options.gzip {
            Some(true) => Compression::Always,
            Some(false) => Compression::Never,
            None => Compression::default_for(&endpoint),
        };
        Ok(Self {
            client: Arc::new(Mutex::new(client)),
            batch_url: endpoint.batch_url(),
            options: Arc::new(options),
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
                let is_failure = !response.status().is_success();
                let is_logged = is_failure && is_debug_enabled();
                let mut body = Vec::new();
                if is_logged || status == 400 {
                    body = read(response).await;
                } else {
                    // For this status, the body does not affect the outcome. It is read only so
                    // that the connection can be reused.
                    tokio::spawn(read(response));
                }
                if is_logged {
                    let body = excerpt(&body, key, &self.options.masker);
                    reentrancy::log(|| {
                        tracing::debug!(status, ?body, "the endpoint did not accept a batch");
                    });
                }
                let too_large = status == 400 && says_too_large(&body);
                attempt_outcome::classify(status, retry_after, too_large)
            }
            Err(error) => request_error::outcome(&error, key),
        }
    }

    pub(super) async fn request(
        &self,
        url: Url,
        key: &WriteKey,
        body: &Body,
        retries: u32,
    ) -> Result<reqwest::Response, reqwest::Error> {
        let client = lock(&self.client).clone();
        let mut request = client
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

fn lock(client: &Mutex<reqwest::Client>) -> MutexGuard<'_, reqwest::Client> {
    client.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Returns whether debug records are logged. The subscriber decides, and it can panic.
fn is_debug_enabled() -> bool {
    panics::catch(|| tracing::enabled!(tracing::Level::DEBUG)).unwrap_or_default()
}

/// Configures the HTTP client. The client resolves the host name again for every connection.
fn client(
    endpoint: &Endpoint,
    options: &HttpOptions,
) -> Result<reqwest::ClientBuilder, ConfigError> {
    let mut client = reqwest::Client::builder()
        .user_agent(concat!("copilot-track/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
        // The program may enable features of `reqwest`, and this client must not depend on them.
        .http1_only()
        .connect_timeout(options.timeout.min(Duration::from_secs(10)))
        .timeout(options.timeout);
    if endpoint.is_loopback() {
        // A proxy cannot reach the loopback addresses of this machine.
        client = client.no_proxy();
    }
    tls::configure(client, endpoint, &options.root_certificates)
}

/// Does the same as [`client`]. The host name of an endpoint on this machine is not looked up.
fn client_without_lookup(
    endpoint: &Endpoint,
    options: &HttpOptions,
) -> Result<reqwest::ClientBuilder, ConfigError> {
    let client = client(endpoint, options)?;
    Ok(match endpoint.loopback_addresses() {
        Some((host, addresses)) => client.resolve_to_addrs(host, &addresses),
        None => client,
    })
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

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;
    use std::net::SocketAddr;
    use std::sync::Mutex;

    use reqwest::dns::{Addrs, Name, Resolve, Resolving};
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    use super::*;
    use crate::delivery::transport::attempt_outcome::RetryCause;

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
        let options = HttpOptions::default();
        let client = client(&endpoint, &options)
            .unwrap()
            .dns_resolver(Arc::new(resolver));
        let http = HttpTransport::with_client(client, endpoint, options).unwrap();
        let key = WriteKey::unchecked("k".to_owned());
        let body = http.encode(&Bytes::from_static(b"{}"));
        let outcome = http.post(&key, &body, 0).await;
        let AttemptOutcome::Retry { cause, .. } = outcome else {
            panic!("{outcome:?}");
        };
        assert_eq!(cause, RetryCause::UnknownHost);
        for listener in [&old, &new] {
            let (outcome, ()) = tokio::join!(http.post(&key, &body, 1), respond_once(listener));
            assert_eq!(outcome, AttemptOutcome::Delivered);
        }
    }
}
