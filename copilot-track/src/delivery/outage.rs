//! Logs why deliveries fail, and when they succeed again.

use std::mem;

use crate::delivery::transport::attempt_outcome::RetryCause;
use crate::util::sync::{Mutex, lock};

/// The causes of the current outage that have been logged. Empty if deliveries succeed.
#[derive(Debug, Default)]
pub(crate) struct Outage(Mutex<Vec<RetryCause>>);

impl Outage {
    /// Logs the cause of a failed attempt, unless the same cause has been logged since the last
    /// successful delivery.
    pub(super) fn report(&self, cause: RetryCause, error: Option<&str>) {
        if self.is_new(cause) {
            tracing::warn!(
                %cause,
                error,
                "copilot events cannot be delivered and will be retried"
            );
        }
    }

    pub(super) fn end(&self) {
        let reported = mem::take(&mut *lock(&self.0));
        if !reported.is_empty() {
            tracing::info!("copilot events are being delivered again");
        }
    }

    fn is_new(&self, cause: RetryCause) -> bool {
        let mut reported = lock(&self.0);
        let is_new = !reported.contains(&cause);
        if is_new {
            reported.push(cause);
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
