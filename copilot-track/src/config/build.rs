//! A tracker from its configuration.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::config::builder::{TrackerBuilder, TransportConfig};
use crate::delivery::batch::MAX_BATCH_EVENTS;
use crate::delivery::dead_letters::writer::DeadLetterWriter;
use crate::delivery::encode::encoder::Encoder;
use crate::delivery::endpoint::{Endpoint, WriteKey};
use crate::delivery::handle::DeliveryHandle;
use crate::delivery::outage::Outage;
use crate::delivery::queue::limits::QueueLimits;
#[cfg(feature = "spool")]
use crate::delivery::queue::overflow::Overflow;
use crate::delivery::rate_limit::RateLimitGate;
use crate::delivery::retry::RetryPolicy;
use crate::delivery::sender::Sender;
use crate::delivery::spool::DiskQueue;
#[cfg(feature = "spool")]
use crate::delivery::spool::config::Spool as SpoolConfig;
#[cfg(feature = "spool")]
use crate::delivery::spool::disk_queue::MemoryLimit;
#[cfg(feature = "spool")]
use crate::delivery::spool::open::OpenError;
use crate::delivery::transport::dispatch::Transport;
use crate::delivery::transport::http::HttpTransport;
use crate::delivery::transport::json_lines::JsonLinesWriter;
use crate::delivery::worker::batch_policy::BatchPolicy;
use crate::error::{CONTENT, ConfigError};
use crate::event::sampling::SampleRate;
use crate::ledger::counters::Counters;
use crate::privacy::content::Content;
use crate::privacy::masking::masker::Masker;
use crate::tracker::handle::{Tracker, TrackerOptions};
use crate::tracker::replay_options::ReplayOptions;

/// What is kept on disk.
struct Storage {
    spool: Option<DiskQueue>,
    strict: bool,
    dead_letters: Option<PathBuf>,
}

impl TrackerBuilder {
    /// Starts the tracker.
    ///
    /// # Errors
    /// [`ConfigError`] when a setting cannot be used, or the delivery thread cannot be started.
    pub fn build(mut self) -> Result<Tracker, ConfigError> {
        if self.disabled {
            return Ok(Tracker::disabled());
        }
        self.check_ranges()?;
        let sample_rate = SampleRate::new(self.sample_rate).ok_or(ConfigError::OutOfRange {
            setting: "sample_conversations",
            expected: "from 0 to 1",
        })?;
        let key = match (&self.write_key, &self.transport) {
            (Some(key), _) => WriteKey::parse(key)?,
            (None, TransportConfig::Http | TransportConfig::Client(_)) => {
                return Err(ConfigError::NoWriteKey);
            }
            (None, TransportConfig::JsonLines(_) | TransportConfig::Memory(_)) => {
                WriteKey::unchecked(String::new())
            }
        };
        // A bad endpoint is told even where it would not be used.
        let endpoint = self
            .endpoint
            .as_deref()
            .unwrap_or_else(|| self.region.endpoint());
        let endpoint = Endpoint::parse(endpoint, self.allow_plain_http)?;
        let content = self.content.max(content_from_env()?);
        let masker = Arc::new(Masker::new(std::mem::take(&mut self.mask)));
        let counters = Arc::new(Counters::default());
        let mut bounds = QueueLimits {
            events: self.max_queue_events,
            bytes: self.max_queue_bytes,
            overflow: self.overflow,
        };
        let room = (bounds.events, bounds.bytes);
        let storage = self.open_storage(&mut bounds, content, &masker, &counters)?;
        let letters = storage
            .dead_letters
            .map(|path| DeadLetterWriter::new(path, content, storage.spool.is_some()))
            .map(Arc::new);
        let replay_options = letters.clone().map(|letters| ReplayOptions {
            letters,
            spooled: storage.spool.is_some(),
            room,
        });
        let transport = transport(self.transport, endpoint, self.gzip, self.request_timeout)?;
        // With a spool, messages are parsed from the spooled JSON when a batch is filled.
        let as_messages = transport.takes_messages() && storage.spool.is_none();
        let delivery = DeliveryHandle::start(
            bounds,
            BatchPolicy {
                flush_interval: self.flush_interval,
                flush_at: self.flush_at,
                max_in_flight: self.max_in_flight,
            },
            Encoder::new(content, masker, sample_rate, self.before_send, as_messages),
            Sender {
                transport,
                key: key.clone(),
                retry_policy: RetryPolicy {
                    budget: self.retry_budget,
                    max_retries: self.max_retries,
                },
                counters: Arc::clone(&counters),
                rate_limit: RateLimitGate::default(),
                outage: Outage::default(),
                dead_letters: letters,
            },
            storage.spool,
        )
        .map_err(ConfigError::Thread)?;
        Ok(Tracker::new(
            delivery,
            counters,
            key,
            self.id_and_clock,
            TrackerOptions {
                drop_timeout: self.drop_timeout,
                strict: storage.strict,
                sample_rate,
            },
            replay_options,
        ))
    }

    #[cfg(feature = "spool")]
    fn open_storage(
        &mut self,
        bounds: &mut QueueLimits,
        content: Content,
        masker: &Arc<Masker>,
        counters: &Counters,
    ) -> Result<Storage, ConfigError> {
        let dead_letters = self.dead_letters.take();
        let spills = bounds.overflow == Overflow::SpillToDisk;
        let Some(config) = self.spool.take() else {
            if spills {
                return Err(ConfigError::SpillToDisk {
                    problem: "needs a spool: call `.spool(directory)` too, or use another policy",
                });
            }
            return Ok(Storage {
                spool: None,
                strict: false,
                dead_letters,
            });
        };
        if spills && config.strict {
            return Err(ConfigError::SpillToDisk {
                problem: "keeps events in memory until it is full, and a strict spool puts each on \
                          disk at once: leave one of them out",
            });
        }
        let spill_above = spills.then(|| halve(bounds));
        let beside = || config.directory.join("dead-letters.jsonl");
        Ok(Storage {
            strict: config.strict,
            dead_letters: Some(dead_letters.unwrap_or_else(beside)),
            spool: Some(open_spool(config, spill_above, content, masker, counters)?),
        })
    }

    #[cfg(not(feature = "spool"))]
    #[allow(clippy::unnecessary_wraps, reason = "with a spool it can fail")]
    fn open_storage(
        &mut self,
        _: &mut QueueLimits,
        _: Content,
        _: &Arc<Masker>,
        _: &Counters,
    ) -> Result<Storage, ConfigError> {
        Ok(Storage {
            spool: None,
            strict: false,
            dead_letters: self.dead_letters.take(),
        })
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

fn transport(
    transport: TransportConfig,
    endpoint: Endpoint,
    gzip: Option<bool>,
    timeout: Duration,
) -> Result<Transport, ConfigError> {
    Ok(match transport {
        TransportConfig::Http => {
            let gzip = gzip.unwrap_or_else(|| !endpoint.is_loopback());
            let http = HttpTransport::to(endpoint, gzip, timeout)?;
            Transport::Http(http)
        }
        TransportConfig::Client(client) => Transport::Client { client, timeout },
        TransportConfig::JsonLines(writer) => Transport::JsonLines(JsonLinesWriter::new(writer)),
        TransportConfig::Memory(memory) => Transport::Memory(memory),
    })
}

/// One half of the memory is for what becomes JSON and waits to be sent. The queue keeps the other.
#[cfg(feature = "spool")]
fn halve(bounds: &mut QueueLimits) -> MemoryLimit {
    bounds.events = bounds.events.div_ceil(2);
    bounds.bytes = bounds.bytes.div_ceil(2);
    MemoryLimit {
        events: bounds.events,
        bytes: bounds.bytes,
    }
}

#[cfg(feature = "spool")]
fn open_spool(
    config: SpoolConfig,
    spill_above: Option<MemoryLimit>,
    content: Content,
    masker: &Arc<Masker>,
    counters: &Counters,
) -> Result<DiskQueue, ConfigError> {
    let directory = config.directory.clone();
    let (spool, found, damaged) = DiskQueue::open(config, spill_above, content, Arc::clone(masker))
        .map_err(|error| match error {
            OpenError::InUse => ConfigError::SpoolInUse {
                directory: directory.clone(),
            },
            OpenError::Newer => ConfigError::SpoolIsNewer {
                directory: directory.clone(),
            },
            OpenError::Io(source) => ConfigError::Spool {
                directory: directory.clone(),
                source,
            },
        })?;
    if let Some(damaged) = damaged {
        counters.count_quarantined();
        tracing::warn!(
            file = %damaged.display(),
            "the spool was damaged: its file was put aside, and a new one is used"
        );
    }
    counters.count_recovered(found.events);
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
