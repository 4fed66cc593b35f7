//! The valid ranges of numeric settings.

use std::time::Duration;

use crate::config::builder::TrackerBuilder;
use crate::delivery::batch::MAX_BATCH_EVENTS;
use crate::error::ConfigError;

const MAX_FLUSH_INTERVAL: Duration = Duration::from_secs(60);
const MAX_IN_FLIGHT: usize = 256;

impl TrackerBuilder {
    pub(super) fn check_ranges(&self) -> Result<(), ConfigError> {
        let checks = [
            (
                "flush_interval",
                self.flush_interval <= MAX_FLUSH_INTERVAL,
                "at most 60 s",
            ),
            (
                "flush_at",
                (1..=MAX_BATCH_EVENTS).contains(&self.flush_at),
                "from 1 to 2,500, because Segment drops the events of larger batches",
            ),
            ("max_queue_events", self.max_queue_events > 0, "at least 1"),
            ("max_queue_bytes", self.max_queue_bytes > 0, "at least 1"),
            (
                "max_in_flight",
                (1..=MAX_IN_FLIGHT).contains(&self.max_in_flight),
                "from 1 to 256",
            ),
            (
                "request_timeout",
                !self.request_timeout.is_zero(),
                "greater than zero",
            ),
        ];
        for (setting, is_valid, expected) in checks {
            if !is_valid {
                return Err(ConfigError::OutOfRange { setting, expected });
            }
        }
        Ok(())
    }
}
