//! The position of an event in its conversation.

use serde::{Deserialize, Serialize};

use crate::{event::model::Event, timestamp::Timestamp};

/// The position of an event in its conversation: the time at which the event happened and, for
/// events that happened at the same time, the order of arrival.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct Position {
    pub(crate) at: Timestamp,
    pub(crate) seq: u64,
}

impl Position {
    /// A position before all events.
    pub(crate) const START: Self = Self {
        at: Timestamp(i64::MIN),
        seq: 0,
    };
    /// A position after all events.
    pub(crate) const END: Self = Self {
        at: Timestamp(i64::MAX),
        seq: u64::MAX,
    };

    pub(crate) fn of(event: &Event) -> Self {
        Self {
            at: event.occurred_at,
            seq: event.seq,
        }
    }
}

// A position is stored as two numbers, because a time as text is longer and takes longer to parse.
impl Serialize for Position {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (self.at.0, self.seq).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Position {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (at, seq) = Deserialize::deserialize(deserializer)?;
        Ok(Self {
            at: Timestamp(at),
            seq,
        })
    }
}
