//! The builder of a tracker, and the settings that control what is sent and where it is sent.
//!
//! The settings for the queue, batches, retries, and the disk are in `delivery_settings`.

use std::fmt;
use std::io::Write;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use segment::message::BatchMessage;

use crate::delivery::batch::MAX_BATCH_EVENTS;
use crate::delivery::encode::hook::BeforeSend;
use crate::delivery::endpoint::PlainHttp;
use crate::delivery::queue::overflow_policy::Overflow;
use crate::delivery::region::Region;
#[cfg(feature = "spool")]
use crate::delivery::spool::config::Spool;
use crate::delivery::transport::http::REQUEST_TIMEOUT;
use crate::delivery::transport::memory::MemoryTransport;
use crate::event::context::event_context::Context;
use crate::event::id_and_clock::IdAndClock;
use crate::event::integrations::Integrations;
use crate::privacy::client_ip::ClientIp;
use crate::privacy::content::Content;
use crate::privacy::masking::pattern::Pattern;
use crate::tracker::event_defaults::TraceIdSource;
use crate::tracker::tracker::Tracker;

impl Tracker {
    /// Returns a builder with the default settings.
    pub fn builder() -> TrackerBuilder {
        TrackerBuilder::default()
    }
}

/// The transport to build, with its settings.
pub(super) enum TransportConfig {
    Http,
    Client(Box<dyn segment::Client + Send + Sync>),
    JsonLines(Box<dyn Write + Send>),
    Memory(MemoryTransport),
}

/// A builder that configures and creates a [`Tracker`]. Returned by [`Tracker::builder`].
///
/// ```no_run
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
#[must_use = "a builder does nothing until `build` is called"]
pub struct TrackerBuilder {
    pub(super) write_key: Option<String>,
    pub(super) endpoint: Option<String>,
    pub(super) region: Region,
    pub(super) plain_http: PlainHttp,
    pub(super) root_certificates: Vec<Vec<u8>>,
    pub(super) disabled: bool,
    pub(super) transport: TransportConfig,
    pub(super) content: Content,
    pub(super) mask: Vec<Pattern>,
    pub(super) sample_rate: f64,
    pub(super) context: Context,
    pub(super) client_ip: ClientIp,
    pub(super) integrations: Option<Result<Integrations, String>>,
    pub(super) trace_id: Option<TraceIdSource>,
    pub(super) before_send: Option<BeforeSend>,
    #[cfg(feature = "signed-context")]
    pub(super) turn_context_keys: Vec<Vec<u8>>,
    #[cfg(feature = "signed-context")]
    pub(super) turn_context_lifetime: Duration,
    pub(super) gzip: Option<bool>,
    pub(super) flush_interval: Duration,
    pub(super) flush_at: usize,
    pub(super) max_queue_events: usize,
    pub(super) max_queue_bytes: usize,
    pub(super) overflow: Overflow,
    pub(super) max_in_flight: usize,
    pub(super) request_timeout: Duration,
    pub(super) retry_budget: Duration,
    pub(super) max_retries: Option<u32>,
    pub(super) drop_timeout: Duration,
    pub(super) dead_letters: Option<PathBuf>,
    #[cfg(feature = "spool")]
    pub(super) spool: Option<Spool>,
    pub(super) id_and_clock: IdAndClock,
}

impl Default for TrackerBuilder {
    fn default() -> Self {
        Self {
            write_key: None,
            endpoint: None,
            region: Region::default(),
            plain_http: PlainHttp::default(),
            root_certificates: Vec::new(),
            disabled: false,
            transport: TransportConfig::Http,
            content: Content::default(),
            mask: Vec::new(),
            sample_rate: 1.0,
            context: Context::new(),
            client_ip: ClientIp::default(),
            integrations: None,
            trace_id: None,
            before_send: None,
            #[cfg(feature = "signed-context")]
            turn_context_keys: Vec::new(),
            #[cfg(feature = "signed-context")]
            turn_context_lifetime: Duration::from_secs(60 * 60),
            gzip: None,
            flush_interval: Duration::from_secs(1),
            flush_at: MAX_BATCH_EVENTS,
            max_queue_events: 200_000,
            max_queue_bytes: 64 * 1024 * 1024,
            overflow: Overflow::default(),
            max_in_flight: 8,
            request_timeout: REQUEST_TIMEOUT,
            retry_budget: Duration::from_secs(12 * 60 * 60),
            max_retries: None,
            drop_timeout: Duration::from_secs(5),
            dead_letters: None,
            #[cfg(feature = "spool")]
            spool: None,
            id_and_clock: IdAndClock::default(),
        }
    }
}

impl TrackerBuilder {
    /// Sets the write key of the Segment source.
    ///
    /// A write key is required, unless events are written with [`json_lines`](Self::json_lines).
    /// Whitespace around the key is ignored. [`build`](Self::build) rejects a value that is clearly
    /// not a key, such as `${WRITE_KEY}`.
    pub fn write_key(mut self, key: impl Into<String>) -> Self {
        self.write_key = Some(key.into());
        self
    }

    /// Sets the URL of a Segment-compatible API, for example `https://hosted.example.com`. This
    /// setting overrides [`region`](Self::region).
    ///
    /// Default: Segment's API in the selected region.
    ///
    /// The URL can have a path. If the endpoint is `https://gateway.example/segment`, batches are
    /// posted to `https://gateway.example/segment/v1/batch`. An endpoint that already ends with
    /// `/v1`, or with an API call such as `/v1/batch`, is accepted too.
    ///
    /// Plain HTTP is accepted only for this machine: for loopback addresses, for `localhost`, and
    /// for its subdomains. `localhost` and its subdomains are not looked up. To allow other hosts,
    /// call [`allow_plain_http`](Self::allow_plain_http).
    pub fn endpoint(mut self, url: impl Into<String>) -> Self {
        self.endpoint = Some(url.into());
        self
    }

    /// Sets the region of the Segment workspace.
    ///
    /// Default: [`Region::Us`].
    pub fn region(mut self, region: Region) -> Self {
        self.region = region;
        self
    }

    /// Allows an endpoint that uses plain HTTP and is not on this machine. Conversations and the
    /// write key are then sent unencrypted.
    ///
    /// Default: `false`.
    pub fn allow_plain_http(mut self, allow: bool) -> Self {
        self.plain_http = if allow {
            PlainHttp::AnyHost
        } else {
            PlainHttp::LoopbackOnly
        };
        self
    }

    /// Adds root certificates that are trusted in addition to the system's. `pem` contains one or
    /// more certificates in PEM format. This method can be called several times. It has no effect
    /// on a [`segment_client`](Self::segment_client). It requires one of the features `rustls`,
    /// `rustls-no-provider`, and `native-tls`.
    ///
    /// Default: none. Operators can set the environment variable `SSL_CERT_FILE` instead; see
    /// [TLS](crate#tls). If `pem` contains no certificate or an invalid one, [`build`](Self::build)
    /// returns
    /// [`ConfigError::InvalidRootCertificates`](crate::ConfigError::InvalidRootCertificates).
    ///
    /// ```no_run
    /// # let builder = copilot_track::Tracker::builder();
    /// builder.root_certificates(std::fs::read("/etc/company/root.pem")?);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[cfg(feature = "__tls")]
    #[cfg_attr(
        docsrs,
        doc(cfg(any(
            feature = "rustls",
            feature = "rustls-no-provider",
            feature = "native-tls"
        )))
    )]
    pub fn root_certificates(mut self, pem: impl AsRef<[u8]>) -> Self {
        self.root_certificates.push(pem.as_ref().to_owned());
        self
    }

    /// Sets whether [`build`](Self::build) returns a tracker that does nothing, like
    /// [`Tracker::disabled`].
    ///
    /// Default: `false`.
    pub fn disabled(mut self, disabled: bool) -> Self {
        self.disabled = disabled;
        self
    }

    /// Sets how much of the conversation is sent.
    ///
    /// Default: [`Content::Full`]. The environment variable `COPILOT_TRACK_CONTENT` and
    /// [`Conversation::set_content`](crate::Conversation::set_content) can only make the policy
    /// stricter.
    pub fn content(mut self, content: Content) -> Self {
        self.content = content;
        self
    }

    /// Adds a pattern whose matches are masked if the content policy is [`Content::Masked`]. This
    /// method can be called several times. It requires the `patterns` feature.
    ///
    /// Default: no patterns. Built-in masking applies with or without patterns.
    ///
    /// ```
    /// use copilot_track::{Content, Pattern, Tracker};
    ///
    /// let customer = Pattern::new(r"C-\d{4}")?.replaced_by("[customer]");
    /// let builder = Tracker::builder().content(Content::Masked).mask(customer);
    /// # Ok::<(), copilot_track::ParsePatternError>(())
    /// ```
    #[cfg(feature = "patterns")]
    pub fn mask(mut self, pattern: Pattern) -> Self {
        self.mask.push(pattern);
        self
    }

    /// Sets the share of conversations to track, from 0 to 1.
    ///
    /// Default: 1. A conversation is tracked completely or not at all. The decision depends only on
    /// the conversation's id, so every process makes the same decision. Events carry the rate as
    /// `context.sampling.rate`. Feedback, Identify, and events outside conversations are always
    /// sent. Skipped events are counted in [`Ledger::sampled_out`](crate::Ledger::sampled_out).
    pub fn sample_conversations(mut self, rate: f64) -> Self {
        self.sample_rate = rate;
        self
    }

    /// Sets a hook that can change or drop each message before it is sent.
    ///
    /// Default: no hook. The hook runs on the delivery thread, after the content policy. It returns
    /// the message, or `None` to drop the message. The ledger counts dropped messages. If the hook
    /// panics, the message is dropped. The hook cannot change the top-level `messageId`.
    ///
    /// The message that the hook returns is validated and completed like a message that is passed
    /// to [`Tracker::send`]. If it is invalid, the event is dropped and counted in
    /// [`Dropped::invalid`](crate::Dropped::invalid); other events of the batch are not affected. A
    /// missing timestamp is replaced with that of the event.
    ///
    /// The hook's values are of type `serde_json::Value`, which holds 64-bit integers and floats.
    /// The hook sees any other number, such as a 128-bit integer or `1e400`, as the nearest 64-bit
    /// float. If the hook leaves such a number unchanged or moves it, the event keeps every digit
    /// of the number. A number that the hook changes is sent as `serde_json` writes it.
    ///
    /// Events that the hook tracks are dropped, and `flush` returns at once in a hook:
    /// see [`Tracker`](crate::Tracker#calls-from-inside-the-library).
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

    /// Sends messages through a [`segment::Client`] instead of the built-in HTTP transport.
    ///
    /// The errors of a [`segment::Client`] do not contain response headers, so `Retry-After` has no
    /// effect. A number that a `serde_json::Value` cannot hold, such as a 128-bit integer or
    /// `1e400`, is passed as a string with all its digits.
    ///
    /// This crate does not enable the TLS features of `segment`. To use
    /// [`segment::HttpClient`] with HTTPS, depend on `segment` with its `native-tls` or
    /// `rustls-tls` feature; the latter uses *ring*.
    pub fn segment_client(mut self, client: impl segment::Client + Send + Sync + 'static) -> Self {
        self.transport = TransportConfig::Client(Box::new(client));
        self
    }

    /// Writes each event as a line of JSON instead of sending it.
    ///
    /// A write key is not needed. With a write key, the envelope ids of Conversation Started and
    /// Conversation Ended are derived from it, as with other transports. Without one, these ids are
    /// random. A line has no `sentAt`, because it records an event and not an attempt to send it.
    pub fn json_lines(mut self, writer: impl Write + Send + 'static) -> Self {
        self.transport = TransportConfig::JsonLines(Box::new(writer));
        self
    }

    /// Keeps events in memory instead of sending them. A write key is not needed.
    pub(crate) fn memory(mut self, memory: MemoryTransport) -> Self {
        self.transport = TransportConfig::Memory(memory);
        // Some envelope ids are derived from the write key, so a key is set if there is none.
        self.write_key
            .get_or_insert_with(|| "test-write-key".to_owned());
        self
    }

    /// Makes ids and timestamps predictable; see [`IdAndClock::fixed`].
    pub(crate) fn fixed(mut self, start: SystemTime) -> Self {
        self.id_and_clock = IdAndClock::fixed(start);
        self
    }
}

impl fmt::Debug for TrackerBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The settings are omitted, because the write key is secret and an endpoint can contain a
        // password.
        f.debug_struct("TrackerBuilder").finish_non_exhaustive()
    }
}
