//! Configuration: parsed when a tracker is built, and right from then on.

use std::fmt;
use std::io::Write;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use segment::message::BatchMessage;

use crate::delivery::batch::MAX_BATCH_EVENTS;
use crate::delivery::encode::hook::BeforeSend;
use crate::delivery::endpoint::Region;
use crate::delivery::queue::overflow::Overflow;
#[cfg(feature = "spool")]
use crate::delivery::spool::config::Spool;
use crate::delivery::transport::http::REQUEST_TIMEOUT;
use crate::delivery::transport::memory::MemoryTransport;
use crate::error::{ConfigError, DISABLED, ENDPOINT, REGION, WRITE_KEY};
use crate::event::id_and_clock::IdAndClock;
use crate::privacy::content::Content;
use crate::privacy::masking::pattern::Pattern;
use crate::tracker::handle::Tracker;

impl Tracker {
    /// A tracker to be configured.
    pub fn builder() -> TrackerBuilder {
        TrackerBuilder::default()
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
        TrackerBuilder::from_env()?.build()
    }
}

pub(super) enum TransportConfig {
    Http,
    Client(Box<dyn segment::Client + Send + Sync>),
    JsonLines(Box<dyn Write + Send>),
    Memory(MemoryTransport),
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
pub struct TrackerBuilder {
    pub(super) write_key: Option<String>,
    pub(super) endpoint: Option<String>,
    pub(super) region: Region,
    pub(super) allow_plain_http: bool,
    pub(super) disabled: bool,
    pub(super) transport: TransportConfig,
    pub(super) content: Content,
    pub(super) mask: Vec<Pattern>,
    pub(super) sample_rate: f64,
    pub(super) before_send: Option<BeforeSend>,
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
            allow_plain_http: false,
            disabled: false,
            transport: TransportConfig::Http,
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
            id_and_clock: IdAndClock::default(),
        }
    }
}

impl TrackerBuilder {
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

    /// How much of what is said is sent; [`Content::Full`] by default. `COPILOT_TRACK_CONTENT` and
    /// a conversation's own setting can only make it stricter.
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
    /// # Ok::<(), copilot_track::ParsePatternError>(())
    /// ```
    #[cfg(feature = "patterns")]
    pub fn mask(mut self, pattern: Pattern) -> Self {
        self.mask.push(pattern);
        self
    }

    /// Tracks this share of conversations, from 0 to 1; all by default.
    ///
    /// A conversation is tracked whole or not at all, as its id decides: in every process alike.
    /// Its events bear the rate as `context.sampling.rate`. Feedback, Identify and what is sent
    /// outside of conversations is always sent. What is left out is counted in
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
        self.transport = TransportConfig::Client(Box::new(client));
        self
    }

    /// Writes each event as a line of JSON instead of sending it. Needs no write key.
    pub fn json_lines(mut self, writer: impl Write + Send + 'static) -> Self {
        self.transport = TransportConfig::JsonLines(Box::new(writer));
        self
    }

    /// Keeps events in memory instead of sending them. Needs no write key.
    pub(crate) fn memory(mut self, memory: MemoryTransport) -> Self {
        self.transport = TransportConfig::Memory(memory);
        // As in production, ids that derive from the key do so.
        self.write_key
            .get_or_insert_with(|| "test-write-key".to_owned());
        self
    }

    /// Ids and a clock of a test's own.
    pub(crate) fn fixed(mut self, start: SystemTime) -> Self {
        self.id_and_clock = IdAndClock::fixed(start);
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
    /// [`overflow`](Self::overflow). In a queue of 4,096 or more that many threads
    /// fill at once, that can begin up to 0.2% earlier.
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

    /// How many requests may be under way at a time; 8 by default. One can overtake another then,
    /// and each event bears its time. With 1, the events of a conversation arrive in their order,
    /// also where a request has to be repeated.
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

    /// Adds events that the endpoint rejected, or that could not be delivered within the retry
    /// budget, to a file: a line of JSON each, with the `reason`, the `status` if there is one, the
    /// time, the content policy of the tracker and the `event` as it was sent. At 64 MiB it becomes
    /// FILE.old, in place of an older one. [`Tracker::replay_dead_letters`] sends them again.
    ///
    /// With a spool it is `dead-letters.jsonl` in the spool's directory, unless it is set here.
    pub fn dead_letters(mut self, file: impl Into<PathBuf>) -> Self {
        self.dead_letters = Some(file.into());
        self
    }

    /// Keeps events on disk until they are delivered, so that they survive the process: those that
    /// an earlier process left in the directory are sent first, under the ids and times that they
    /// had. Needs the feature `spool`.
    ///
    /// Each event is written down, within 100 ms; with [`Overflow::SpillToDisk`] only what memory
    /// has no room for.
    #[cfg(feature = "spool")]
    pub fn spool(mut self, spool: impl Into<Spool>) -> Self {
        self.spool = Some(spool.into());
        self
    }
}

impl fmt::Debug for TrackerBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Neither the key nor an endpoint that could have a password in it.
        f.debug_struct("TrackerBuilder").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables(set: &'static [(&str, &str)]) -> Result<TrackerBuilder, ConfigError> {
        TrackerBuilder::from_variables(|name| {
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
        let error =
            |builder: TrackerBuilder| builder.write_key("k").build().unwrap_err().to_string();
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
