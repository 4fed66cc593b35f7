//! Configuration: parsed when a tracker is built, and right from then on.

use std::fmt;
use std::io::{self, Write};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use reqwest::Url;
use segment::message::BatchMessage;

use crate::delivery::{
    BeforeSend, Bounds, Delivery, Encoder, HttpTransport, MAX_BATCH_EVENTS, Memory, Pace, Pauses,
    Sender, Transport,
};
use crate::ledger::Counters;
use crate::source::Source;
use crate::tracker::Tracker;

const WRITE_KEY: &str = "SEGMENT_WRITE_KEY";
const ENDPOINT: &str = "COPILOT_TRACK_ENDPOINT";
const REGION: &str = "COPILOT_TRACK_REGION";
const DISABLED: &str = "COPILOT_TRACK_DISABLED";

/// Why a tracker cannot be built.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// There is no write key.
    #[error(
        "no write key: set {WRITE_KEY} or call `.write_key(\"…\")`; where nothing is to be sent, set {DISABLED}=1 or use `Tracker::disabled()`"
    )]
    NoWriteKey,
    /// The write key is empty, or has a character that no write key has. The key is not shown.
    #[error(
        "the write key is empty or has white space or control characters in it: copy it from the source's settings in Segment"
    )]
    InvalidWriteKey,
    /// The endpoint is no URL that can be sent to.
    #[error("the endpoint `{endpoint}` cannot be used: {why}")]
    InvalidEndpoint {
        /// The endpoint, without user name and password.
        endpoint: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// The endpoint is plain HTTP and not on this machine.
    #[error(
        "the endpoint `{endpoint}` would send conversations and the write key unencrypted: use https, or call `.allow_plain_http(true)` if the network is yours"
    )]
    PlainHttp {
        /// The endpoint.
        endpoint: String,
    },
    /// An environment variable has a value that it cannot have.
    #[error("{variable}=`{value}` is not understood: {expected}")]
    InvalidVariable {
        /// The variable's name.
        variable: &'static str,
        /// Its value.
        value: String,
        /// What it can be.
        expected: &'static str,
    },
    /// A number or duration is outside of what it can be.
    #[error("`{setting}` must be {expected}")]
    OutOfRange {
        /// The builder's method.
        setting: &'static str,
        /// What it can be.
        expected: &'static str,
    },
    /// The HTTP client could not be set up, e.g. since the system has no usable TLS.
    #[error("the HTTP client cannot be set up: {0}")]
    HttpClient(#[source] reqwest::Error),
    /// The delivery thread could not be started.
    #[error("the delivery thread cannot be started: {0}")]
    Thread(#[source] io::Error),
}

/// Where Segment keeps a workspace's data. Data sent to the other region is rejected, silently.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Region {
    /// Oregon: `https://api.segment.io`.
    #[default]
    Us,
    /// Dublin: `https://events.eu1.segmentapis.com`.
    Eu,
}

impl Region {
    fn endpoint(self) -> &'static str {
        match self {
            Self::Us => "https://api.segment.io",
            Self::Eu => "https://events.eu1.segmentapis.com",
        }
    }
}

/// A source's write key. It never shows in `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct WriteKey(Arc<str>);

impl WriteKey {
    fn parse(key: &str) -> Result<Self, ConfigError> {
        let key = key.trim();
        if key.is_empty() || key.chars().any(|c| c.is_control() || c.is_whitespace()) {
            return Err(ConfigError::InvalidWriteKey);
        }
        Ok(Self(key.into()))
    }

    /// A key that the `segment` crate handed over.
    pub(crate) fn unchecked(key: String) -> Self {
        Self(key.into())
    }

    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for WriteKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WriteKey(hidden)")
    }
}

/// A Segment-compatible API, e.g. `https://api.segment.io`.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Endpoint {
    url: Url,
}

impl Endpoint {
    fn parse(text: &str, allow_plain_http: bool) -> Result<Self, ConfigError> {
        let invalid = |endpoint: &str, why| ConfigError::InvalidEndpoint {
            endpoint: endpoint.to_owned(),
            why,
        };
        let Ok(url) = Url::parse(text.trim()) else {
            // What does not parse could have a password anywhere.
            let shown = if text.contains('@') { "…" } else { text };
            return Err(invalid(
                shown,
                "it is not a URL; write for example https://api.segment.io",
            ));
        };
        let host = url.host_str().unwrap_or_default().to_owned();
        let shown = format!("{}://{host}", url.scheme());
        if !matches!(url.scheme(), "http" | "https") {
            return Err(invalid(&shown, "it must begin with https:// or http://"));
        }
        if host.is_empty() {
            return Err(invalid(&shown, "it names no host"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(invalid(
                &shown,
                "it has a user name or password in it; the write key is sent instead",
            ));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(invalid(&shown, "it has a query or a fragment"));
        }
        let endpoint = Self { url };
        if endpoint.url.scheme() == "http" && !endpoint.is_loopback() && !allow_plain_http {
            return Err(ConfigError::PlainHttp {
                endpoint: endpoint.url.to_string(),
            });
        }
        Ok(endpoint)
    }

    /// Whether it is on this machine.
    pub(crate) fn is_loopback(&self) -> bool {
        let host = self.url.host_str().unwrap_or_default();
        let address = host.trim_start_matches('[').trim_end_matches(']');
        host == "localhost"
            || host.ends_with(".localhost")
            || address
                .parse::<std::net::IpAddr>()
                .is_ok_and(|address| address.is_loopback())
    }

    /// Where batches are posted: the URL itself if it names a batch call, else its `/v1/batch`.
    pub(crate) fn batch(&self) -> String {
        let url = self.base();
        if ["/v1/batch", "/v1/import", "/v1/b"]
            .iter()
            .any(|call| url.ends_with(call))
        {
            return url.to_owned();
        }
        self.call("batch")
    }

    /// Where a call of this name is posted.
    pub(crate) fn call(&self, name: &str) -> String {
        let base = self.base();
        let base = base.rsplit_once("/v1/").map_or(base, |(base, _)| base);
        let base = base.strip_suffix("/v1").unwrap_or(base);
        format!("{base}/v1/{name}")
    }

    fn base(&self) -> &str {
        self.url.as_str().trim_end_matches('/')
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.base())
    }
}

enum Target {
    Http,
    Client(Box<dyn segment::Client + Send + Sync>),
    JsonLines(Box<dyn Write + Send>),
    Memory(Memory),
}

/// Builds a [`Tracker`]; made by [`Tracker::builder`].
///
/// ```
/// use std::time::Duration;
/// use copilot_track::{Region, Tracker};
///
/// let tracker = Tracker::builder()
///     .write_key("YOUR_WRITE_KEY")
///     .region(Region::Eu)
///     .flush_interval(Duration::from_millis(500))
///     .build()?;
/// # drop(tracker);
/// # Ok::<(), copilot_track::ConfigError>(())
/// ```
#[must_use = "a builder does nothing until `.build()?`"]
pub struct Builder {
    write_key: Option<String>,
    endpoint: Option<String>,
    region: Region,
    allow_plain_http: bool,
    disabled: bool,
    target: Target,
    before_send: Option<BeforeSend>,
    gzip: Option<bool>,
    flush_interval: Duration,
    flush_at: usize,
    max_queue_events: usize,
    max_queue_bytes: usize,
    max_in_flight: usize,
    request_timeout: Duration,
    retry_budget: Duration,
    drop_timeout: Duration,
    source: Source,
}

impl Default for Builder {
    fn default() -> Self {
        Self {
            write_key: None,
            endpoint: None,
            region: Region::default(),
            allow_plain_http: false,
            disabled: false,
            target: Target::Http,
            before_send: None,
            gzip: None,
            flush_interval: Duration::from_secs(1),
            flush_at: MAX_BATCH_EVENTS,
            max_queue_events: 200_000,
            max_queue_bytes: 64 * 1024 * 1024,
            max_in_flight: 8,
            request_timeout: Duration::from_secs(30),
            retry_budget: Duration::from_secs(12 * 60 * 60),
            drop_timeout: Duration::from_secs(5),
            source: Source::default(),
        }
    }
}

impl Builder {
    /// A builder with what the environment sets; the methods change it further. The variables are
    /// those of [`Tracker::from_env`].
    ///
    /// # Errors
    /// [`ConfigError::InvalidVariable`] when a variable has a value that it cannot have.
    pub fn from_env() -> Result<Self, ConfigError> {
        // A value that is no Unicode becomes one that no setting takes.
        Self::from_variables(|name| Some(std::env::var_os(name)?.to_string_lossy().into_owned()))
    }

    /// Reads the variables that [`Tracker::from_env`] lists.
    pub(crate) fn from_variables(
        read: impl Fn(&'static str) -> Option<String>,
    ) -> Result<Self, ConfigError> {
        let mut builder = Self::default();
        let invalid = |variable, value: String, expected| ConfigError::InvalidVariable {
            variable,
            value,
            expected,
        };
        builder.write_key = read(WRITE_KEY);
        builder.endpoint = read(ENDPOINT);
        if let Some(region) = read(REGION) {
            builder.region = match region.trim().to_ascii_lowercase().as_str() {
                "us" => Region::Us,
                "eu" => Region::Eu,
                _ => return Err(invalid(REGION, region, "it can be `us` or `eu`")),
            };
        }
        if let Some(disabled) = read(DISABLED) {
            builder.disabled = match disabled.trim().to_ascii_lowercase().as_str() {
                "1" | "true" | "yes" | "on" => true,
                "" | "0" | "false" | "no" | "off" => false,
                _ => return Err(invalid(DISABLED, disabled, "it can be `1` or `0`")),
            };
        }
        Ok(builder)
    }

    /// The source's write key.
    pub fn write_key(mut self, key: impl Into<String>) -> Self {
        self.write_key = Some(key.into());
        self
    }

    /// Any Segment-compatible API, e.g. `https://hosted.example.com`; comes before
    /// [`region`](Self::region). Plain HTTP is for this machine's own addresses, unless
    /// [`allow_plain_http`](Self::allow_plain_http) is set.
    pub fn endpoint(mut self, url: impl Into<String>) -> Self {
        self.endpoint = Some(url.into());
        self
    }

    /// Which of Segment's regions the workspace is in; [`Region::Us`] by default.
    pub fn region(mut self, region: Region) -> Self {
        self.region = region;
        self
    }

    /// Allows an endpoint that is plain HTTP and not on this machine: conversations and the write
    /// key can then be read on the way.
    pub fn allow_plain_http(mut self, allow: bool) -> Self {
        self.allow_plain_http = allow;
        self
    }

    /// Makes a tracker that does nothing, like [`Tracker::disabled`].
    pub fn disabled(mut self, disabled: bool) -> Self {
        self.disabled = disabled;
        self
    }

    /// Sees every event last, on the delivery thread: returns it, changed or not, or `None` to
    /// drop it.
    ///
    /// Dropped events are counted. A hook that panics drops its event too. The envelope's
    /// `messageId` stays what it was.
    ///
    /// ```
    /// use copilot_track::segment::message::BatchMessage;
    ///
    /// # let builder = copilot_track::Tracker::builder();
    /// builder.before_send(|mut message| {
    ///     if let BatchMessage::Track(track) = &mut message {
    ///         if let Some(properties) = track.properties.as_object_mut() {
    ///             properties.remove("email");
    ///         }
    ///     }
    ///     Some(message)
    /// });
    /// ```
    pub fn before_send(
        mut self,
        hook: impl Fn(BatchMessage) -> Option<BatchMessage> + Send + Sync + 'static,
    ) -> Self {
        self.before_send = Some(BeforeSend::new(hook));
        self
    }

    /// Sends through any [`segment::Client`] instead of the built-in HTTP transport. Its errors
    /// have lost the answer's headers, so `Retry-After` cannot be honoured.
    pub fn segment_client(mut self, client: impl segment::Client + Send + Sync + 'static) -> Self {
        self.target = Target::Client(Box::new(client));
        self
    }

    /// Writes each event as a line of JSON instead of sending it. Needs no write key.
    pub fn json_lines(mut self, writer: impl Write + Send + 'static) -> Self {
        self.target = Target::JsonLines(Box::new(writer));
        self
    }

    /// Keeps events in memory instead of sending them. Needs no write key.
    pub(crate) fn memory(mut self, memory: Memory) -> Self {
        self.target = Target::Memory(memory);
        self
    }

    /// Ids and a clock of a test's own.
    pub(crate) fn fixed(mut self, start: SystemTime) -> Self {
        self.source = Source::fixed(start);
        self
    }

    /// Whether bodies over 1 KB are compressed; by default unless the endpoint is on this machine.
    pub fn gzip(mut self, gzip: bool) -> Self {
        self.gzip = Some(gzip);
        self
    }

    /// A batch leaves so long after its first event; 1 s by default, so that a chat shows up live
    /// in Segment's debugger. At most a minute.
    pub fn flush_interval(mut self, interval: Duration) -> Self {
        self.flush_interval = interval;
        self
    }

    /// A batch of so many events leaves at once; 2,500 by default, which is the most that Segment
    /// takes.
    pub fn flush_at(mut self, events: usize) -> Self {
        self.flush_at = events;
        self
    }

    /// How many events may wait in memory; 200,000 by default. What comes when the queue is full
    /// is dropped and counted.
    pub fn max_queue_events(mut self, events: usize) -> Self {
        self.max_queue_events = events;
        self
    }

    /// About how many bytes of memory events may hold while they wait; 64 MiB by default. What
    /// comes when the queue is full is dropped and counted.
    pub fn max_queue_bytes(mut self, bytes: usize) -> Self {
        self.max_queue_bytes = bytes;
        self
    }

    /// How many requests may be under way at a time; 8 by default. With 1, batches arrive in the
    /// order in which they were cut.
    pub fn max_in_flight(mut self, requests: usize) -> Self {
        self.max_in_flight = requests;
        self
    }

    /// How long one request may take; 30 s by default.
    pub fn request_timeout(mut self, timeout: Duration) -> Self {
        self.request_timeout = timeout;
        self
    }

    /// For how long a batch is tried again before it is given up; 12 h by default.
    pub fn retry_budget(mut self, budget: Duration) -> Self {
        self.retry_budget = budget;
        self
    }

    /// How long dropping the last handle may wait for delivery; 5 s by default.
    pub fn drop_timeout(mut self, timeout: Duration) -> Self {
        self.drop_timeout = timeout;
        self
    }

    /// Starts the tracker.
    ///
    /// # Errors
    /// [`ConfigError`] when a setting cannot be used, or the delivery thread cannot be started.
    pub fn build(self) -> Result<Tracker, ConfigError> {
        if self.disabled {
            return Ok(Tracker::disabled());
        }
        self.check_ranges()?;
        let key = match (&self.write_key, &self.target) {
            (Some(key), _) => WriteKey::parse(key)?,
            (None, Target::Http | Target::Client(_)) => return Err(ConfigError::NoWriteKey),
            (None, Target::JsonLines(_) | Target::Memory(_)) => WriteKey::unchecked(String::new()),
        };
        // A bad endpoint is told even where it would not be used.
        let endpoint = self
            .endpoint
            .as_deref()
            .unwrap_or_else(|| self.region.endpoint());
        let endpoint = Endpoint::parse(endpoint, self.allow_plain_http)?;
        let transport = match self.target {
            Target::Http => {
                let gzip = self.gzip.unwrap_or_else(|| !endpoint.is_loopback());
                let http = HttpTransport::new(endpoint, gzip, self.request_timeout)
                    .map_err(ConfigError::HttpClient)?;
                Transport::Http(http)
            }
            Target::Client(client) => Transport::Client(client),
            Target::JsonLines(writer) => Transport::JsonLines(writer.into()),
            Target::Memory(memory) => Transport::Memory(memory),
        };
        let counters = Arc::new(Counters::default());
        let delivery = Delivery::start(
            Bounds {
                events: self.max_queue_events,
                bytes: self.max_queue_bytes,
            },
            Pace {
                flush_interval: self.flush_interval,
                flush_at: self.flush_at,
                max_in_flight: self.max_in_flight,
            },
            Encoder::new(self.before_send),
            Sender {
                transport,
                key: key.clone(),
                retry_budget: self.retry_budget,
                counters: Arc::clone(&counters),
                pauses: Pauses::default(),
            },
        )
        .map_err(ConfigError::Thread)?;
        Ok(Tracker::new(
            delivery,
            counters,
            key,
            self.source,
            self.drop_timeout,
        ))
    }

    fn check_ranges(&self) -> Result<(), ConfigError> {
        let checks = [
            (
                "flush_interval",
                self.flush_interval <= Duration::from_secs(60),
                "at most a minute",
            ),
            (
                "flush_at",
                (1..=MAX_BATCH_EVENTS).contains(&self.flush_at),
                "from 1 to 2,500: Segment drops the events of larger batches",
            ),
            ("max_queue_events", self.max_queue_events > 0, "at least 1"),
            ("max_queue_bytes", self.max_queue_bytes > 0, "at least 1"),
            (
                "max_in_flight",
                (1..=256).contains(&self.max_in_flight),
                "from 1 to 256",
            ),
            (
                "request_timeout",
                !self.request_timeout.is_zero(),
                "above zero",
            ),
        ];
        for (setting, in_range, expected) in checks {
            if !in_range {
                return Err(ConfigError::OutOfRange { setting, expected });
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Neither the key nor an endpoint that could have a password in it.
        f.debug_struct("Builder").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint(text: &str) -> Result<Endpoint, String> {
        Endpoint::parse(text, false).map_err(|error| error.to_string())
    }

    fn variables(set: &'static [(&str, &str)]) -> Result<Builder, ConfigError> {
        Builder::from_variables(|name| {
            set.iter()
                .find(|(variable, _)| *variable == name)
                .map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn calls_stand_below_the_endpoint() {
        let batch = |text| endpoint(text).unwrap().batch();
        assert_eq!(batch("https://a.example"), "https://a.example/v1/batch");
        assert_eq!(
            batch("https://a.example/x/"),
            "https://a.example/x/v1/batch"
        );
        assert_eq!(batch("https://a.example/v1"), "https://a.example/v1/batch");
        assert_eq!(
            batch("https://a.example/v1/import"),
            "https://a.example/v1/import"
        );
        let track = endpoint("https://a.example/x/v1/batch").unwrap();
        assert_eq!(track.call("track"), "https://a.example/x/v1/track");
    }

    #[test]
    fn plain_http_is_for_loopback() {
        for text in [
            "http://127.0.0.1:1",
            "http://localhost",
            "http://[::1]:80",
            "http://127.9.9.9",
            "http://app.localhost",
        ] {
            assert!(endpoint(text).unwrap().is_loopback(), "{text}");
        }
        for text in [
            "http://example.com",
            "http://10.0.0.1",
            "http://localhost.example",
        ] {
            assert!(
                endpoint(text).unwrap_err().contains("unencrypted"),
                "{text}"
            );
        }
        assert!(Endpoint::parse("http://10.0.0.1", true).is_ok());
    }

    #[test]
    fn a_bad_endpoint_says_why_and_keeps_its_secrets() {
        for text in ["", "api.segment.io", "ftp://x", "https://", "https://x?y=1"] {
            assert!(endpoint(text).is_err(), "{text}");
        }
        for text in ["https://user:hunter2@x.example", "user:hunter2@x"] {
            let error = endpoint(text).unwrap_err();
            assert!(!error.contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn keys_are_parsed_and_hidden() {
        for key in ["", "  ", "a b", "a\u{0}b"] {
            assert!(WriteKey::parse(key).is_err(), "{key:?}");
        }
        let key = WriteKey::parse(" secret\n").unwrap();
        assert_eq!(key.expose(), "secret");
        assert!(!format!("{key:?}").contains("secret"));
        let builder = Tracker::builder().write_key("secret");
        assert!(!format!("{builder:?}").contains("secret"));
    }

    #[test]
    fn variables_are_parsed() {
        assert!(matches!(
            variables(&[]).unwrap().build(),
            Err(ConfigError::NoWriteKey)
        ));
        let off = variables(&[("COPILOT_TRACK_DISABLED", "TRUE")]).unwrap();
        assert!(!off.build().unwrap().is_enabled());
        let eu = variables(&[("COPILOT_TRACK_REGION", "EU")]).unwrap();
        assert_eq!(eu.region, Region::Eu);
        for set in [
            &[("COPILOT_TRACK_REGION", "mars")][..],
            &[("COPILOT_TRACK_DISABLED", "perhaps")],
        ] {
            let error = variables(set).unwrap_err().to_string();
            assert!(error.contains("it can be"), "{error}");
        }
    }

    #[test]
    fn ranges_are_checked() {
        let error = |builder: Builder| builder.write_key("k").build().unwrap_err().to_string();
        assert!(error(Tracker::builder().flush_at(2501)).contains("2,500"));
        assert!(error(Tracker::builder().max_queue_events(0)).contains("at least 1"));
        assert!(error(Tracker::builder().max_in_flight(0)).contains("1 to 256"));
    }
}
