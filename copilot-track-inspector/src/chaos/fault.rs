//! A fault, and when it is shown.

use serde::{Deserialize, Serialize};

/// Faults that the ingestion routes (`/v1/…`) show instead of, or beside, doing their work.
#[derive(Clone, Debug, PartialEq)]
pub struct Chaos {
    pub(crate) fault: Fault,
    pub(crate) probability: f64,
    pub(crate) remaining: Option<u64>,
}

/// What goes wrong.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[serde(
    tag = "kind",
    rename_all = "camelCase",
    rename_all_fields = "camelCase",
    deny_unknown_fields
)]
#[non_exhaustive]
pub enum Fault {
    /// The answer is this status, and the events are not taken.
    Status {
        /// From 300 to 599.
        status: u16,
        /// What stands in the header `Retry-After`: seconds, or an HTTP date.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retry_after: Option<String>,
    },
    /// The answer, a normal one, comes late.
    Delay {
        /// By how many milliseconds; at most 600,000.
        delay_ms: u64,
    },
    /// There is never an answer, and the events are not taken.
    Hang,
    /// The connection is dropped before the body is read.
    Reset,
    /// The events are taken, and then the connection is dropped.
    ResetAfter,
    /// The answer is 200, and the events are not taken.
    Drop,
    /// The events are taken; the answer is 200 with what is no JSON.
    Garbage,
    /// The events are taken; the answer comes a byte at a time.
    Drip {
        /// The pause before each byte, in milliseconds; at most 600,000.
        delay_ms: u64,
    },
}

/// What is wrong with a fault that was asked for.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct ChaosError(pub(super) String);

/// The longest pause, in milliseconds.
const MAX_DELAY_MS: u64 = 600_000;

impl Chaos {
    /// This fault, on every request.
    #[must_use]
    pub fn always(fault: Fault) -> Self {
        Self {
            fault,
            probability: 1.0,
            remaining: None,
        }
    }

    /// On each request with this probability, from 0 to 1.
    #[must_use]
    pub fn probability(mut self, probability: f64) -> Self {
        self.probability = probability;
        self
    }

    /// On so many requests, and then no more.
    #[must_use]
    pub fn times(mut self, requests: u64) -> Self {
        self.remaining = Some(requests);
        self
    }

    pub(super) fn validated(self) -> Result<Self, ChaosError> {
        if !(0.0..=1.0).contains(&self.probability) {
            return Err(ChaosError("the probability is from 0 to 1".into()));
        }
        match &self.fault {
            Fault::Status { status, .. } if !(300..=599).contains(status) => {
                Err(ChaosError("the status is from 300 to 599; for a good answer that keeps nothing there is `drop`".into()))
            }
            Fault::Status { retry_after: Some(after), .. }
                if after.is_empty() || !after.bytes().all(|byte| (b' '..=b'~').contains(&byte)) =>
            {
                Err(ChaosError("`retryAfter` is seconds or an HTTP date".into()))
            }
            Fault::Delay { delay_ms } | Fault::Drip { delay_ms } if *delay_ms > MAX_DELAY_MS => {
                Err(ChaosError(format!("the delay is at most {MAX_DELAY_MS} ms")))
            }
            _ => Ok(self),
        }
    }
}
