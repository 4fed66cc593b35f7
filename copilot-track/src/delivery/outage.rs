//! Logs why deliveries fail, and when they succeed again.

use std::mem;

use tokio::time::Instant;

use crate::delivery::transport::attempt_outcome::RetryCause;
use crate::util::reentrancy;
use crate::util::sync::{Mutex, lock};

/// Whether deliveries succeed.
#[derive(Debug, Default)]
pub(crate) struct Outage(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// The causes of the current outage that have been logged. Empty if deliveries succeed.
    reported: Vec<RetryCause>,
    delivered_at: Option<Instant>,
}

impl Outage {
    /// Logs the cause of a failed attempt, unless the same cause has been logged since the last
    /// successful delivery.
    pub(super) fn report(&self, cause: RetryCause, error: Option<&str>) {
        if self.is_new(cause) {
            reentrancy::log(|| {
                tracing::warn!(
                    %cause,
                    error,
                    "copilot events cannot be delivered and will be retried"
                );
            });
        }
    }

    /// Records a successful delivery.
    pub(super) fn end(&self) {
        let mut state = lock(&self.0);
        state.delivered_at = Some(Instant::now());
        let reported = mem::take(&mut state.reported);
        drop(state);
        if !reported.is_empty() {
            reentrancy::log(|| tracing::info!("copilot events are being delivered again"));
        }
    }

    /// Returns the time of the last successful delivery.
    pub(super) fn delivered_at(&self) -> Option<Instant> {
        lock(&self.0).delivered_at
    }

    fn is_new(&self, cause: RetryCause) -> bool {
        let mut state = lock(&self.0);
        let is_new = !state.reported.contains(&cause);
        if is_new {
            state.reported.push(cause);
        }
        is_new
    }
}

#[cfg(all(test, not(shuttle)))]
mod tests {
    use super::*;

    #[test]
    fn a_cause_is_new_once_in_each_outage() {
        let outage = Outage::default();
        for _ in 0..2 {
            assert!(outage.is_new(RetryCause::Refused));
            assert!(outage.is_new(RetryCause::Status(503)));
            assert!(!outage.is_new(RetryCause::Refused));
            assert!(outage.is_new(RetryCause::Status(429)));
            assert!(!outage.is_new(RetryCause::Status(503)));
            outage.end();
        }
    }
}
