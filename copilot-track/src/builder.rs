//! Configuration: parsed when a tracker is built, and right from then on.

use std::fmt;
use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use segment::message::BatchMessage;

use crate::config_error::{CONTENT, ConfigError, DISABLED, ENDPOINT, REGION, WRITE_KEY};
use crate::content::Content;
#[cfg(feature = "spool")]
use crate::delivery::OpenError;
use crate::delivery::{
    BeforeSend, Bounds, DeadLetters, Delivery, Encoder, HttpTransport, LineWriter,
    MAX_BATCH_EVENTS, Memory, Outage, Overflow, Pace, Patience, Pauses, REQUEST_TIMEOUT, Sender,
    Transport,
};
use crate::endpoint::{Endpoint, Region, WriteKey};
use crate::ledger::Counters;
use crate::privacy::{Masker, Pattern};
use crate::sampling::SampleRate;
use crate::source::Source;
#[cfg(feature = "spool")]
use crate::spool_config::Spool;
use crate::tracker::{Habits, Tracker};

impl Tracker {
    /// A tracker to be configured.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// A tracker configured by the environment:
    ///
    /// | variable | is |
    /// | --- | --- |
    /// | `SEGMENT_WRITE_KEY` | the source's write key; needed |
    /// | `COPILOT_TRACK_ENDPOINT` | a Segment-compatible API in place of Segment's own |
    /// | `COPILOT_TRACK_REGION` | `us` (default) or `eu` |
    /// | `COPILOT_TRACK_DISABLED` | `1` for a tracker that does nothing |
    /// | `COPILOT_TRACK_CONTENT` | `full` (default), `masked` or `hidden`: how much of what is said is sent. Holds for trackers that code configures too |
    ///
    /// # Errors
    /// [`ConfigError`] when a variable is missing or cannot be used.
    pub fn from_env() -> Result<Self, ConfigError> {
        Builder::from_env()?.build()
    }
}

#[cfg(feature = "spool")]
fn open_spool(
    config: Spool,
    content: Content,
    masker: &Arc<Masker>,
    counters: &Counters,
) -> Result<crate::delivery::Spool, ConfigError> {
    let directory = config.directory.clone();
    let (spool, found, damaged) = crate::delivery::Spool::open(config, content, Arc::clone(masker))
        .map_err(|error| match error {
            OpenError::InUse => ConfigError::SpoolInUse {
                directory: directory.clone(),
            },
            OpenError::Io(source) => ConfigError::Spool {
                directory: directory.clone(),
                source,
            },
        })?;
    if let Some(damaged) = damaged {
        counters.quarantined();
        tracing::warn!(
            file = %damaged.display(),
            "the spool was damaged: its file was put aside, and a new one is used"
        );
    }
    counters.recovered(found.events);
    Ok(spool)
}

/// Whoever runs a program can make it tell less, whatever its code says.
fn content_from_env() -> Result<Content, ConfigError> {
    let Some(value) = std::env::var_os(CONTENT) else {
        return Ok(Content::default());
    };
    let value = value.to_string_lossy();
    if value.trim().is_empty() {
        return Ok(Content::default());
    }
    value.parse().map_err(|_| ConfigError::InvalidVariable {
        variable: CONTENT,
        value: value.into_owned(),
        expected: "it can be `full`, `masked` or `hidden`",
    })
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
    content: Content,
    mask: Vec<Pattern>,
    sample_rate: f64,
    before_send: Option<BeforeSend>,
    gzip: Option<bool>,
    flush_interval: Duration,
    flush_at: usize,
    max_queue_events: usize,
    max_queue_bytes: usize,
    overflow: Overflow,
    max_in_flight: usize,
    request_timeout: Duration,
    retry_budget: Duration,
    max_retries: Option<u32>,
    drop_timeout: Duration,
    dead_letters: Option<PathBuf>,
    #[cfg(feature = "spool")]
    spool: Option<Spool>,
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
            content: Content::default(),
            mask: Vec::new(),
            sample_rate: 1.0,
            before_send: None,
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
        // A variable that is empty says nothing: so scripts and compose files leave one out. But an
        // empty key is a mistake.
        let read = |name| {
            read(name).filter(|value: &String| name == WRITE_KEY || !value.trim().is_empty())
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

    /// How much of what is said is sent; [`Content::Full`] by default. `COPILOT_TRACK_CONTENT` and a
    /// conversation's own setting can only make it stricter.
    pub fn content(mut self, content: Content) -> Self {
        self.content = content;
        self
    }

    /// Masks what the pattern matches, too, where content is [`Content::Masked`]. Needs the feature
    /// `patterns`.
    ///
    /// ```
    /// use copilot_track::{Content, Pattern, Tracker};
    ///
    /// let customer = Pattern::new(r"C-\d{4}")?.replaced_by("[customer]");
    /// let builder = Tracker::builder().content(Content::Masked).mask(customer);
    /// # Ok::<(), copilot_track::InvalidPattern>(())
    /// ```
    #[cfg(feature = "patterns")]
    pub fn mask(mut self, pattern: Pattern) -> Self {
        self.mask.push(pattern);
        self
    }

    /// Tracks this share of conversations, from 0 to 1; all by default.
    ///
    /// A conversation is tracked whole or not at all, as its id decides: in every process alike. Its
    /// events bear the rate as `context.sampling.rate`. Feedback, Identify and what is sent outside
    /// of conversations is always sent. What is left out is counted in
    /// [`Ledger::sampled_out`](crate::Ledger::sampled_out).
    pub fn sample_conversations(mut self, rate: f64) -> Self {
        self.sample_rate = rate;
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
        // As in production, ids that derive from the key do so.
        self.write_key
            .get_or_insert_with(|| "test-write-key".to_owned());
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

    /// How many events may wait in memory; 200,000 by default. Beyond, see
    /// [`overflow`](Self::overflow).
    pub fn max_queue_events(mut self, events: usize) -> Self {
        self.max_queue_events = events;
        self
    }

    /// About how many bytes of memory events may hold while they wait; 64 MiB by default.
    /// Beyond, see [`overflow`](Self::overflow).
    pub fn max_queue_bytes(mut self, bytes: usize) -> Self {
        self.max_queue_bytes = bytes;
        self
    }

    /// What happens to an event that comes when the queue is full; [`Overflow::DropNewest`] by
    /// default.
    pub fn overflow(mut self, overflow: Overflow) -> Self {
        self.overflow = overflow;
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

    /// For how long a batch is tried again before it is given up; 12 h by default. The pauses that
    /// the endpoint asks for (`Retry-After`) may take as long again.
    pub fn retry_budget(mut self, budget: Duration) -> Self {
        self.retry_budget = budget;
        self
    }

    /// How often a request is tried again before its batch is given up; by default only
    /// [`retry_budget`](Self::retry_budget) ends it. A retry that the endpoint asked to wait for
    /// (`Retry-After`) does not count.
    pub fn max_retries(mut self, retries: u32) -> Self {
        self.max_retries = Some(retries);
        self
    }

    /// How long dropping the last handle may wait for delivery; 5 s by default.
    pub fn drop_timeout(mut self, timeout: Duration) -> Self {
        self.drop_timeout = timeout;
        self
    }

    /// Adds events that the endpoint rejected, or that could not be delivered within the retry budget,
    /// to a file: a line of JSON each, with the `reason`, the `status` if there is one, the time and
    /// the `event` as it was sent. At 64 MiB it becomes FILE.old, in place of an older one.
    ///
    /// With a spool it is `dead-letters.jsonl` in the spool's directory, unless it is set here.
    pub fn dead_letters(mut self, file: impl Into<PathBuf>) -> Self {
        self.dead_letters = Some(file.into());
        self
    }

    /// Keeps events on disk until they are delivered, so that they survive the process: those that
    /// an earlier process left in the directory are sent first, under the ids and times that they
    /// had. Needs the feature `spool`.
    #[cfg(feature = "spool")]
    pub fn spool(mut self, spool: impl Into<Spool>) -> Self {
        self.spool = Some(spool.into());
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
        let sample_rate = SampleRate::new(self.sample_rate).ok_or(ConfigError::OutOfRange {
            setting: "sample_conversations",
            expected: "from 0 to 1",
        })?;
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
        let as_messages = matches!(self.target, Target::Client(_));
        let transport = match self.target {
            Target::Http => {
                let gzip = self.gzip.unwrap_or_else(|| !endpoint.is_loopback());
                let http = HttpTransport::to(endpoint, gzip, self.request_timeout)
                    .map_err(ConfigError::HttpClient)?;
                Transport::Http(http)
            }
            Target::Client(client) => Transport::Client {
                client,
                timeout: self.request_timeout,
            },
            Target::JsonLines(writer) => Transport::JsonLines(LineWriter::new(writer)),
            Target::Memory(memory) => Transport::Memory(memory),
        };
        let counters = Arc::new(Counters::default());
        let content = self.content.max(content_from_env()?);
        let masker = Arc::new(Masker::new(self.mask));
        #[cfg(feature = "spool")]
        let dead_letters = self.dead_letters.or_else(|| {
            let spool = self.spool.as_ref()?;
            Some(spool.directory.join("dead-letters.jsonl"))
        });
        #[cfg(not(feature = "spool"))]
        let dead_letters = self.dead_letters;
        #[cfg(feature = "spool")]
        let strict = self.spool.as_ref().is_some_and(|spool| spool.strict);
        #[cfg(not(feature = "spool"))]
        let strict = false;
        #[cfg(feature = "spool")]
        let spool = self
            .spool
            .map(|spool| open_spool(spool, content, &masker, &counters))
            .transpose()?;
        #[cfg(not(feature = "spool"))]
        let spool = None;
        let delivery = Delivery::start(
            Bounds {
                events: self.max_queue_events,
                bytes: self.max_queue_bytes,
                overflow: self.overflow,
            },
            Pace {
                flush_interval: self.flush_interval,
                flush_at: self.flush_at,
                max_in_flight: self.max_in_flight,
            },
            Encoder::new(content, masker, sample_rate, self.before_send, as_messages),
            Sender {
                transport,
                key: key.clone(),
                patience: Patience {
                    budget: self.retry_budget,
                    max_retries: self.max_retries,
                },
                counters: Arc::clone(&counters),
                pauses: Pauses::default(),
                outage: Outage::default(),
                dead_letters: dead_letters.map(DeadLetters::new),
            },
            spool,
        )
        .map_err(ConfigError::Thread)?;
        Ok(Tracker::new(
            delivery,
            counters,
            key,
            self.source,
            Habits {
                drop_timeout: self.drop_timeout,
                strict,
                sample_rate,
            },
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

    fn variables(set: &'static [(&str, &str)]) -> Result<Builder, ConfigError> {
        Builder::from_variables(|name| {
            set.iter()
                .find(|(variable, _)| *variable == name)
                .map(|(_, value)| (*value).to_owned())
        })
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

    #[test]
    fn an_error_that_main_returns_says_what_to_do() {
        let error = Tracker::builder().build().unwrap_err();
        assert!(format!("{error:?}").contains("SEGMENT_WRITE_KEY"));
    }

    #[test]
    fn debug_shows_no_key() {
        let builder = Tracker::builder().write_key("secret");
        assert!(!format!("{builder:?}").contains("secret"));
    }
}
