//! Creates a tracker from its configuration.

use std::sync::Arc;

use crate::config::builder::{TrackerBuilder, TransportConfig};
use crate::config::environment;
use crate::delivery::dead_letters::writer::DeadLetterWriter;
use crate::delivery::delivery_handle::DeliveryHandle;
use crate::delivery::encode::encoder::Encoder;
use crate::delivery::endpoint::Endpoint;
use crate::delivery::outage::Outage;
use crate::delivery::queue::limits::QueueLimits;
use crate::delivery::rate_limit::RateLimitGate;
use crate::delivery::retry::RetryPolicy;
use crate::delivery::sender::Sender;
use crate::delivery::transport::attempt_outcome::OnPanic;
use crate::delivery::transport::dispatch::Transport;
use crate::delivery::transport::http::{HttpOptions, HttpTransport};
use crate::delivery::transport::json_lines::JsonLinesWriter;
use crate::delivery::worker::batch_policy::BatchPolicy;
use crate::delivery::write_key::WriteKey;
use crate::error::ConfigError;
use crate::event::prices;
use crate::event::sampling::SampleRate;
use crate::ledger::counters::Counters;
use crate::privacy::masking::masker::Masker;
use crate::tracker::replay_options::ReplayOptions;
use crate::tracker::tracker::{Tracker, TrackerOptions};
use crate::util::caught_drop::CaughtDrop;

impl TrackerBuilder {
    /// Validates the settings and starts the tracker.
    ///
    /// # Errors
    /// Returns [`ConfigError`] if a setting is invalid, the spool cannot be opened, the HTTP client
    /// cannot be created (see [TLS](crate#tls)), or the delivery thread cannot be started.
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
        // An invalid endpoint is an error even if the transport does not use it.
        let endpoint = self
            .endpoint
            .as_deref()
            .unwrap_or_else(|| self.region.endpoint());
        let endpoint = Endpoint::parse(endpoint, &self.plain_http)?;
        let signer = self.signer()?;
        let as_messages = matches!(self.transport, TransportConfig::Client(_));
        let content = self.content.max(environment::content()?);
        let masker = Arc::new(Masker::new(std::mem::take(&mut self.mask)));
        let counters = Arc::new(Counters::default());
        let (event_defaults, defaults) = self.defaults(&counters)?;
        let mut limits = QueueLimits {
            events: self.max_queue_events,
            bytes: self.max_queue_bytes,
            overflow: self.overflow,
        };
        let storage = self.open_storage(&mut limits, content, &masker, &counters)?;
        let dead_letters = storage
            .dead_letters
            .map(|path| DeadLetterWriter::new(path, content, storage.spool.is_some()))
            .map(Arc::new);
        let replay_options = dead_letters.clone().map(|dead_letters| ReplayOptions {
            dead_letters,
            has_spool: storage.spool.is_some(),
            max_queue_events: self.max_queue_events,
            max_queue_bytes: self.max_queue_bytes,
        });
        let options = HttpOptions {
            gzip: self.gzip,
            timeout: self.request_timeout,
            root_certificates: self.root_certificates,
            masker: Arc::clone(&masker),
        };
        let on_panic = OnPanic::with_spool(storage.spool.is_some());
        let transport = transport(self.transport, endpoint, options, on_panic)?;
        let delivery = DeliveryHandle::start(
            limits,
            BatchPolicy {
                flush_interval: self.flush_interval,
                flush_at: self.flush_at,
                max_in_flight: self.max_in_flight,
            },
            Encoder::new(
                content,
                masker,
                sample_rate,
                defaults,
                self.before_send,
                as_messages,
            ),
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
                dead_letters,
            },
            storage.spool,
        )
        .map_err(ConfigError::Thread)?;
        prices::load();
        Ok(Tracker::new(
            delivery,
            counters,
            key,
            self.id_and_clock,
            TrackerOptions {
                drop_timeout: self.drop_timeout,
                strict: storage.strict,
                sample_rate,
                content,
                signer,
                flush_interval: self.flush_interval,
            },
            replay_options,
            event_defaults,
        ))
    }
}

fn transport(
    config: TransportConfig,
    endpoint: Endpoint,
    options: HttpOptions,
    on_panic: OnPanic,
) -> Result<Transport, ConfigError> {
    Ok(match config {
        TransportConfig::Http => Transport::Http(HttpTransport::to(endpoint, options)?),
        TransportConfig::Client(client) => Transport::Client {
            client: CaughtDrop::new(client),
            timeout: options.timeout,
            on_panic,
        },
        TransportConfig::JsonLines(writer) => {
            Transport::JsonLines(JsonLinesWriter::new(writer), on_panic)
        }
        TransportConfig::Memory(memory) => Transport::Memory(memory),
    })
}
