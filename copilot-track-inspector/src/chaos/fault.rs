//! Faults, and how often they occur.

use serde::{Deserialize, Serialize};

/// A fault on requests to the tracking API (`/v1/…`), and how often it occurs.
#[derive(Clone, Debug, PartialEq)]
pub struct Chaos {
    pub(crate) fault: Fault,
    pub(crate) probability: f64,
    pub(crate) remaining: Option<u64>,
}

/// A way in which a request can fail.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[serde(
    tag = "kind",
    rename_all = "camelCase",
    rename_all_fields = "camelCase",
    deny_unknown_fields
)]
#[non_exhaustive]
pub enum Fault {
    /// Responds with this status. The events are not stored.
    Status {
        /// The status, from 300 to 599.
        status: u16,
        /// The value of the `Retry-After` header: seconds, or an HTTP date.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retry_after: Option<String>,
    },
    /// Stores the events and responds normally, after a delay.
    Delay {
        /// The delay in milliseconds, at most 600,000.
        delay_ms: u64,
    },
    /// Never responds. The events are not stored.
    Hang,
    /// Resets the connection before the body is read. The events are not stored.
    Reset,
    /// Stores the events, then resets the connection.
    ResetAfter,
    /// Responds with 200. The events are not stored.
    Drop,
    /// Stores the events and responds with 200 and a body that is not JSON.
    Garbage,
    /// Stores the events and sends the response one byte at a time.
    Drip {
        /// The delay before each byte in milliseconds, at most 600,000.
        delay_ms: u64,
    },
}

/// The error for an invalid fault.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{0}")]
pub struct ChaosError(pub(super) String);

/// The maximum delay, in milliseconds.
const MAX_DELAY_MS: u64 = 600_000;

impl Chaos {
    /// Creates a fault that occurs on every request.
    #[must_use]
    pub fn always(fault: Fault) -> Self {
        Self {
            fault,
            probability: 1.0,
            remaining: None,
        }
    }

    /// Sets the probability that the fault occurs on a request, from 0 to 1.
    #[must_use]
    pub fn probability(mut self, probability: f64) -> Self {
        self.probability = probability;
        self
    }

    /// Sets the number of requests after which the fault ends.
    #[must_use]
    pub fn times(mut self, requests: u64) -> Self {
        self.remaining = Some(requests);
        self
    }

    pub(super) fn validated(self) -> Result<Self, ChaosError> {
        if !(0.0..=1.0).contains(&self.probability) {
            return Err(ChaosError(
                "invalid probability: expected a number from 0 to 1".into(),
            ));
        }
        match &self.fault {
            Fault::Status { status, .. } if !(300..=599).contains(status) => {
                Err(ChaosError("invalid status: expected 300 to 599; to respond with 200 without storing the events, use `drop`".into()))
            }
            Fault::Status { retry_after: Some(after), .. }
                if after.is_empty() || !after.bytes().all(|byte| (b' '..=b'~').contains(&byte)) =>
            {
                Err(ChaosError("invalid Retry-After: expected seconds or an HTTP date".into()))
            }
            Fault::Delay { delay_ms } | Fault::Drip { delay_ms } if *delay_ms > MAX_DELAY_MS => {
                Err(ChaosError(format!("invalid delay: expected at most {MAX_DELAY_MS} ms")))
            }
            _ => Ok(self),
        }
    }
}
