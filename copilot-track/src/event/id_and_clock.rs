//! The source of ids and timestamps.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use uuid::Uuid;

use crate::event::ids::envelope_id::EnvelopeId;
use crate::util::random;

/// The source of the ids and timestamps of a tracker.
#[derive(Debug, Default)]
pub(crate) struct IdAndClock {
    ids: IdGenerator,
    clock: Clock,
}

#[derive(Debug)]
enum IdGenerator {
    Random {
        salt: u64,
    },
    /// Counts up from `00000000-0000-4000-8000-000000000001`.
    Sequence(AtomicU64),
}

impl Default for IdGenerator {
    fn default() -> Self {
        // A tracker that is built after a fork must not generate the same ids as the parent.
        Self::Random {
            salt: u64::from(std::process::id()),
        }
    }
}

#[derive(Debug, Default)]
enum Clock {
    #[default]
    System,
    /// A clock that advances by one second each time it is read.
    Steps {
        start: SystemTime,
        readings: AtomicU64,
    },
}

impl IdAndClock {
    /// Returns a source whose ids count up from 1. Its clock starts at `start` and advances by one
    /// second each time it is read. A test then sees the same events in every run.
    pub(crate) fn fixed(start: SystemTime) -> Self {
        Self {
            ids: IdGenerator::Sequence(AtomicU64::new(0)),
            clock: Clock::Steps {
                start,
                readings: AtomicU64::new(0),
            },
        }
    }

    pub(crate) fn uuid(&self) -> Uuid {
        match &self.ids {
            IdGenerator::Random { salt } => random::uuid(*salt),
            IdGenerator::Sequence(last) => {
                let number = last.fetch_add(1, Ordering::Relaxed) + 1;
                let mut bytes = [0; 16];
                bytes[8..].copy_from_slice(&number.to_be_bytes());
                uuid::Builder::from_random_bytes(bytes).into_uuid()
            }
        }
    }

    /// Returns the id of an API call, if ids are predictable. Random ids are generated later, on
    /// the delivery thread.
    pub(crate) fn envelope_id(&self) -> Option<Box<EnvelopeId>> {
        match &self.ids {
            IdGenerator::Random { .. } => None,
            IdGenerator::Sequence(_) => Some(Box::new(EnvelopeId::from_uuid(self.uuid()))),
        }
    }

    pub(crate) fn now(&self) -> SystemTime {
        match &self.clock {
            Clock::System => SystemTime::now(),
            Clock::Steps { start, readings } => {
                *start + Duration::from_secs(readings.fetch_add(1, Ordering::Relaxed))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fixed_source_is_predictable() {
        let (a, b) = (
            IdAndClock::fixed(SystemTime::UNIX_EPOCH),
            IdAndClock::fixed(SystemTime::UNIX_EPOCH),
        );
        assert_eq!(a.uuid(), b.uuid());
        assert_eq!(a.uuid().to_string(), "00000000-0000-4000-8000-000000000002");
        assert_eq!(a.now(), b.now());
        assert_eq!(a.now(), SystemTime::UNIX_EPOCH + Duration::from_secs(1));
    }
}
