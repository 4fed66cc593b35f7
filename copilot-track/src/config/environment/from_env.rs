//! Creates trackers and builders that are configured by environment variables.

use std::env;
use std::ffi::OsString;

use crate::config::builder::TrackerBuilder;
use crate::config::environment::value;
use crate::config::environment::variables::Variables;
#[cfg(feature = "spool")]
use crate::delivery::spool::config::Spool;
use crate::error::ConfigError;
use crate::privacy::content::Content;
use crate::tracker::tracker::Tracker;

const WRITE_KEY: &str = "SEGMENT_WRITE_KEY";
const ENDPOINT: &str = "COPILOT_TRACK_ENDPOINT";
const REGION: &str = "COPILOT_TRACK_REGION";
const ALLOW_PLAIN_HTTP: &str = "COPILOT_TRACK_ALLOW_PLAIN_HTTP";
const DISABLED: &str = "COPILOT_TRACK_DISABLED";
const CONTENT: &str = "COPILOT_TRACK_CONTENT";
const SAMPLE_CONVERSATIONS: &str = "COPILOT_TRACK_SAMPLE_CONVERSATIONS";
const GZIP: &str = "COPILOT_TRACK_GZIP";
const FLUSH_INTERVAL: &str = "COPILOT_TRACK_FLUSH_INTERVAL";
const FLUSH_AT: &str = "COPILOT_TRACK_FLUSH_AT";
const MAX_QUEUE_EVENTS: &str = "COPILOT_TRACK_MAX_QUEUE_EVENTS";
const MAX_QUEUE_BYTES: &str = "COPILOT_TRACK_MAX_QUEUE_BYTES";
const OVERFLOW: &str = "COPILOT_TRACK_OVERFLOW";
const MAX_IN_FLIGHT: &str = "COPILOT_TRACK_MAX_IN_FLIGHT";
const REQUEST_TIMEOUT: &str = "COPILOT_TRACK_REQUEST_TIMEOUT";
const RETRY_BUDGET: &str = "COPILOT_TRACK_RETRY_BUDGET";
const MAX_RETRIES: &str = "COPILOT_TRACK_MAX_RETRIES";
const DROP_TIMEOUT: &str = "COPILOT_TRACK_DROP_TIMEOUT";
const DEAD_LETTERS: &str = "COPILOT_TRACK_DEAD_LETTERS";
const SPOOL: &str = "COPILOT_TRACK_SPOOL";
const SPOOL_MAX_BYTES: &str = "COPILOT_TRACK_SPOOL_MAX_BYTES";
const SPOOL_COMMIT_INTERVAL: &str = "COPILOT_TRACK_SPOOL_COMMIT_INTERVAL";
const SPOOL_STRICT: &str = "COPILOT_TRACK_SPOOL_STRICT";
const SPOOL_WAIT_FOR_LOCK: &str = "COPILOT_TRACK_SPOOL_WAIT_FOR_LOCK";
/// The variables that need [`SPOOL`].
const SPOOL_SETTINGS: [&str; 4] = [
    SPOOL_MAX_BYTES,
    SPOOL_COMMIT_INTERVAL,
    SPOOL_STRICT,
    SPOOL_WAIT_FOR_LOCK,
];

impl Tracker {
    /// Creates a tracker that is configured by environment variables.
    ///
    /// | variable | meaning | default |
    /// | --- | --- | --- |
    /// | `SEGMENT_WRITE_KEY` | the write key of the Segment source | required |
    /// | `COPILOT_TRACK_DISABLED` | `1` disables tracking; `0` does not | `0` |
    /// | `COPILOT_TRACK_ENDPOINT` | the URL of a Segment-compatible API | Segment's own |
    /// | `COPILOT_TRACK_REGION` | the region of the Segment workspace: `us` or `eu` | `us` |
    /// | `COPILOT_TRACK_ALLOW_PLAIN_HTTP` | the hosts to which events may be sent over plain HTTP, separated by commas; `1` allows all | this machine only |
    /// | `COPILOT_TRACK_CONTENT` | how much of the conversation is sent: `full`, `masked`, or `hidden` | `full` |
    /// | `COPILOT_TRACK_SAMPLE_CONVERSATIONS` | the share of conversations to track, from `0` to `1` | `1` |
    /// | `COPILOT_TRACK_GZIP` | `1` compresses every request body; `0` compresses none | see [`gzip`](TrackerBuilder::gzip) |
    /// | `COPILOT_TRACK_FLUSH_INTERVAL` | how long a batch waits for more events | `1s` |
    /// | `COPILOT_TRACK_FLUSH_AT` | the number of events at which a batch is sent at once | `2500` |
    /// | `COPILOT_TRACK_MAX_QUEUE_EVENTS` | the maximum number of events in memory | `200000` |
    /// | `COPILOT_TRACK_MAX_QUEUE_BYTES` | the maximum size of the events in memory | `64MiB` |
    /// | `COPILOT_TRACK_OVERFLOW` | what happens to an event when the queue is full: `drop_newest`, `drop_oldest`, `spill_to_disk`, or `block:` and a duration | `drop_newest` |
    /// | `COPILOT_TRACK_MAX_IN_FLIGHT` | the maximum number of concurrent requests | `8` |
    /// | `COPILOT_TRACK_REQUEST_TIMEOUT` | the timeout of a request | `30s` |
    /// | `COPILOT_TRACK_RETRY_BUDGET` | how long a batch is retried | `12h` |
    /// | `COPILOT_TRACK_MAX_RETRIES` | how many times a batch is retried | unlimited |
    /// | `COPILOT_TRACK_DROP_TIMEOUT` | how long dropping the last handle may wait for delivery | `5s` |
    /// | `COPILOT_TRACK_DEAD_LETTERS` | the file for events that cannot be delivered | none, or in the spool's directory |
    /// | `COPILOT_TRACK_SPOOL` | a directory in which events are kept until they are delivered; requires the `spool` feature | none |
    /// | `COPILOT_TRACK_SPOOL_MAX_BYTES` | the maximum size of the events in the spool | `1GiB` |
    /// | `COPILOT_TRACK_SPOOL_COMMIT_INTERVAL` | the interval at which events are written to disk | `100ms` |
    /// | `COPILOT_TRACK_SPOOL_STRICT` | `1` makes each call wait until its event is on disk | `0` |
    /// | `COPILOT_TRACK_SPOOL_WAIT_FOR_LOCK` | how long to wait if another tracker uses the directory | `0s` |
    ///
    /// A duration is a whole number with a unit: `ms`, `s`, `m`, or `h`. A size is a number of
    /// bytes, or a number with a unit: `KiB`, `MiB`, or `GiB`. Each variable is named after a
    /// method of [`TrackerBuilder`] or, for the settings of the spool, of `Spool`. The method
    /// documents the setting.
    ///
    /// Whitespace around a value is ignored, except for paths. Values are not case-sensitive,
    /// except for the write key, the endpoint, and paths. An empty variable is treated as not set,
    /// except for the write key.
    ///
    /// `COPILOT_TRACK_CONTENT` also applies to trackers that are configured in code: the stricter
    /// of the two settings is used.
    ///
    /// # Errors
    /// Returns [`ConfigError`] if a required variable is missing, a variable has an invalid value,
    /// or [`build`](TrackerBuilder::build) fails.
    pub fn from_env() -> Result<Self, ConfigError> {
        TrackerBuilder::from_env()?.build()
    }
}

impl TrackerBuilder {
    /// Creates a builder with the settings from the environment variables that
    /// [`Tracker::from_env`] lists. Methods that are called later override these settings, except
    /// that the content policy can only become stricter.
    ///
    /// # Errors
    /// Returns [`ConfigError::InvalidVariable`] if a variable has an invalid value.
    pub fn from_env() -> Result<Self, ConfigError> {
        Self::from_variables(env::var_os)
    }

    /// Creates a builder with the settings from `read`, which returns the value of a variable.
    pub(crate) fn from_variables(
        read: impl Fn(&'static str) -> Option<OsString>,
    ) -> Result<Self, ConfigError> {
        let variables = Variables::new(read);
        let mut builder = Self {
            // An empty write key is a mistake.
            write_key: variables.any(WRITE_KEY),
            endpoint: variables.text(ENDPOINT),
            ..Self::default()
        };
        builder.read_destination(&variables)?;
        builder.read_delivery(&variables)?;
        builder.read_storage(&variables)?;
        Ok(builder)
    }

    /// Reads what is sent, and where.
    fn read_destination(
        &mut self,
        variables: &Variables<impl Fn(&'static str) -> Option<OsString>>,
    ) -> Result<(), ConfigError> {
        let region = variables.parsed(REGION, "`us` or `eu`", |text| text.parse().ok())?;
        set(&mut self.region, region);
        let plain_http = variables.parsed(ALLOW_PLAIN_HTTP, value::HOSTS, value::plain_http)?;
        set(&mut self.plain_http, plain_http);
        set(&mut self.disabled, variables.flag(DISABLED)?);
        let share = variables.parsed(SAMPLE_CONVERSATIONS, value::SHARE, |text| {
            text.parse()
                .ok()
                .filter(|share| (0.0..=1.0).contains(share))
        })?;
        set(&mut self.sample_rate, share);
        self.gzip = variables.flag(GZIP)?;
        Ok(())
    }

    /// Reads the settings for the queue, batches, and retries.
    fn read_delivery(
        &mut self,
        variables: &Variables<impl Fn(&'static str) -> Option<OsString>>,
    ) -> Result<(), ConfigError> {
        set(
            &mut self.flush_interval,
            variables.duration(FLUSH_INTERVAL)?,
        );
        set(&mut self.flush_at, variables.number(FLUSH_AT)?);
        set(
            &mut self.max_queue_events,
            variables.number(MAX_QUEUE_EVENTS)?,
        );
        let bytes = variables.parsed(MAX_QUEUE_BYTES, value::BYTES, |text| {
            value::bytes(text)?.try_into().ok()
        })?;
        set(&mut self.max_queue_bytes, bytes);
        let overflow = variables.parsed(OVERFLOW, value::OVERFLOW, value::overflow)?;
        set(&mut self.overflow, overflow);
        set(&mut self.max_in_flight, variables.number(MAX_IN_FLIGHT)?);
        set(
            &mut self.request_timeout,
            variables.duration(REQUEST_TIMEOUT)?,
        );
        set(&mut self.retry_budget, variables.duration(RETRY_BUDGET)?);
        self.max_retries = variables.number(MAX_RETRIES)?;
        set(&mut self.drop_timeout, variables.duration(DROP_TIMEOUT)?);
        self.dead_letters = variables.path(DEAD_LETTERS);
        Ok(())
    }

    #[cfg(feature = "spool")]
    fn read_storage(
        &mut self,
        variables: &Variables<impl Fn(&'static str) -> Option<OsString>>,
    ) -> Result<(), ConfigError> {
        let max_bytes = variables.parsed(SPOOL_MAX_BYTES, value::BYTES, value::bytes)?;
        let commit_interval = variables.duration(SPOOL_COMMIT_INTERVAL)?;
        let strict = variables.flag(SPOOL_STRICT)?;
        let wait_for_lock = variables.duration(SPOOL_WAIT_FOR_LOCK)?;
        let Some(directory) = variables.path(SPOOL) else {
            // These variables do not change a spool that is configured in code.
            return SPOOL_SETTINGS.into_iter().try_for_each(|name| {
                let expected = "no value unless COPILOT_TRACK_SPOOL is set";
                variables.parsed(name, expected, |_| None::<()>).map(drop)
            });
        };
        let mut spool = Spool::new(directory);
        if let Some(interval) = commit_interval {
            spool = spool.commit_interval(interval);
        }
        set(&mut spool.max_bytes, max_bytes);
        set(&mut spool.strict, strict);
        set(&mut spool.wait_for_lock, wait_for_lock);
        self.spool = Some(spool);
        Ok(())
    }

    #[cfg(not(feature = "spool"))]
    #[allow(clippy::unused_self, reason = "uses `self` with the `spool` feature")]
    fn read_storage(
        &mut self,
        variables: &Variables<impl Fn(&'static str) -> Option<OsString>>,
    ) -> Result<(), ConfigError> {
        [SPOOL]
            .into_iter()
            .chain(SPOOL_SETTINGS)
            .try_for_each(|name| {
                let expected = "no value, because copilot-track's `spool` feature is not enabled";
                variables.parsed(name, expected, |_| None::<()>).map(drop)
            })
    }
}

/// Replaces a setting with the value of its variable, if the variable is set.
fn set<T>(setting: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *setting = value;
    }
}

/// Returns the content policy from the environment. This policy applies to every tracker, so that
/// the operator of a program can tighten the policy without changing code.
pub(crate) fn content() -> Result<Content, ConfigError> {
    let variables = Variables::new(env::var_os);
    let content = variables.parsed(CONTENT, "`full`, `masked`, or `hidden`", |text| {
        text.parse().ok()
    })?;
    Ok(content.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::delivery::endpoint::PlainHttp;
    use crate::delivery::queue::overflow_policy::Overflow;
    use crate::delivery::region::Region;

    fn variables(set: &[(&str, &str)]) -> Result<TrackerBuilder, ConfigError> {
        TrackerBuilder::from_variables(|name| {
            set.iter()
                .find(|(variable, _)| *variable == name)
                .map(|(_, value)| (*value).into())
        })
    }

    #[test]
    fn variables_are_parsed() {
        assert!(matches!(
            variables(&[]).unwrap().build(),
            Err(ConfigError::NoWriteKey)
        ));
        let off = variables(&[(DISABLED, "TRUE")]).unwrap();
        assert!(!off.build().unwrap().is_enabled());
        let eu = variables(&[(REGION, " EU ")]).unwrap();
        assert_eq!(eu.region, Region::Eu);
        let hosts = variables(&[(ALLOW_PLAIN_HTTP, "inspector")]).unwrap();
        assert_eq!(
            hosts.plain_http,
            PlainHttp::Hosts(vec!["inspector".to_owned()])
        );
    }

    #[test]
    fn delivery_is_configured() {
        let builder = variables(&[
            (SAMPLE_CONVERSATIONS, "0.25"),
            (GZIP, "0"),
            (FLUSH_INTERVAL, "500ms"),
            (FLUSH_AT, "20"),
            (MAX_QUEUE_EVENTS, "1000"),
            (MAX_QUEUE_BYTES, "8MiB"),
            (OVERFLOW, "block:2s"),
            (MAX_IN_FLIGHT, "1"),
            (REQUEST_TIMEOUT, "10s"),
            (RETRY_BUDGET, "1h"),
            (MAX_RETRIES, "3"),
            (DROP_TIMEOUT, "0"),
            (DEAD_LETTERS, "letters.jsonl"),
        ])
        .unwrap();
        assert!((builder.sample_rate - 0.25).abs() < f64::EPSILON);
        assert_eq!(builder.gzip, Some(false));
        assert_eq!(builder.flush_interval, Duration::from_millis(500));
        assert_eq!(builder.flush_at, 20);
        assert_eq!(builder.max_queue_events, 1000);
        assert_eq!(builder.max_queue_bytes, 8 << 20);
        assert_eq!(builder.overflow, Overflow::Block(Duration::from_secs(2)));
        assert_eq!(builder.max_in_flight, 1);
        assert_eq!(builder.request_timeout, Duration::from_secs(10));
        assert_eq!(builder.retry_budget, Duration::from_secs(3600));
        assert_eq!(builder.max_retries, Some(3));
        assert_eq!(builder.drop_timeout, Duration::ZERO);
        assert_eq!(builder.dead_letters, Some("letters.jsonl".into()));
    }

    #[cfg(feature = "spool")]
    #[test]
    fn a_spool_is_configured() {
        let builder = variables(&[
            (SPOOL, "/var/lib/spool"),
            (SPOOL_MAX_BYTES, "2GiB"),
            (SPOOL_COMMIT_INTERVAL, "10ms"),
            (SPOOL_STRICT, "1"),
            (SPOOL_WAIT_FOR_LOCK, "30s"),
        ]);
        let expected = Spool::new("/var/lib/spool")
            .max_bytes(2 << 30)
            .commit_interval(Duration::from_millis(10))
            .strict(true)
            .wait_for_lock(Duration::from_secs(30));
        assert_eq!(builder.unwrap().spool, Some(expected));
        assert_eq!(variables(&[(SPOOL, "")]).unwrap().spool, None);
        let error = variables(&[(SPOOL_STRICT, "1")]).unwrap_err().to_string();
        assert!(
            error.contains(SPOOL_STRICT) && error.contains("unless"),
            "{error}"
        );
    }

    #[cfg(not(feature = "spool"))]
    #[test]
    fn a_spool_needs_its_feature() {
        let error = variables(&[(SPOOL, "/var/lib/spool")])
            .unwrap_err()
            .to_string();
        assert!(error.contains("`spool` feature"), "{error}");
    }

    #[test]
    fn invalid_values_are_errors_that_say_what_is_valid() {
        for (name, value) in [
            (REGION, "mars"),
            (DISABLED, "perhaps"),
            (ALLOW_PLAIN_HTTP, "http://inspector"),
            (SAMPLE_CONVERSATIONS, "25%"),
            (SAMPLE_CONVERSATIONS, "NaN"),
            (GZIP, "9"),
            (FLUSH_INTERVAL, "500"),
            (FLUSH_AT, "1e3"),
            (MAX_QUEUE_EVENTS, "-1"),
            (MAX_QUEUE_BYTES, "64MB"),
            (OVERFLOW, "block"),
            (MAX_RETRIES, "99999999999"),
            (RETRY_BUDGET, "1 day"),
        ] {
            let error = variables(&[(name, value)]).unwrap_err().to_string();
            let expected = format!("invalid value `{value}` for {name}: expected ");
            assert!(error.starts_with(&expected), "{error}");
        }
        let error = variables(&[(REGION, "https://u:hunter2@x")]).unwrap_err();
        assert!(!error.to_string().contains("hunter2"), "{error}");
    }

    #[test]
    fn an_error_about_a_range_names_the_variable() {
        let key = (WRITE_KEY, "k");
        for (name, value) in [(FLUSH_AT, "2501"), (FLUSH_INTERVAL, "61s")] {
            let builder = variables(&[key, (name, value)]).unwrap();
            let error = builder.build().unwrap_err().to_string();
            assert!(error.contains(name), "{error}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn values_that_are_not_unicode_are_errors() {
        use std::os::unix::ffi::OsStringExt as _;

        let value = |text: &str| OsString::from_vec([text.as_bytes(), b"\xff"].concat());
        for (name, text) in [
            (WRITE_KEY, "k"),
            (ENDPOINT, "https://a.example/"),
            (REGION, "eu"),
            (FLUSH_AT, "1"),
        ] {
            let builder = TrackerBuilder::from_variables(|variable| match variable {
                _ if variable == name => Some(value(text)),
                WRITE_KEY => Some("k".into()),
                _ => None,
            });
            assert!(builder.and_then(TrackerBuilder::build).is_err(), "{name}");
        }
        // A path need not be Unicode.
        let path = value("/tmp/");
        let builder =
            TrackerBuilder::from_variables(|name| (name == DEAD_LETTERS).then(|| path.clone()));
        assert_eq!(builder.unwrap().dead_letters, Some(path.into()));
    }

    #[test]
    fn the_error_about_a_missing_key_names_the_variables() {
        let error = ConfigError::NoWriteKey.to_string();
        assert!(error.contains(WRITE_KEY), "{error}");
        assert!(error.contains(DISABLED), "{error}");
    }
}
