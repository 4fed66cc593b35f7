//! Logs the start and the end of an outage.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::delivery::transport::attempt_outcome::RetryCause;

/// Tracks whether deliveries fail. Logs once when an outage starts and once when it ends.
#[derive(Debug, Default)]
pub(crate) struct Outage(AtomicBool);

impl Outage {
    pub(super) fn begin(&self, cause: RetryCause) {
        if !self.0.swap(true, Ordering::Relaxed) {
            tracing::warn!(%cause, "copilot events cannot be delivered and will be retried");
        }
    }

    pub(super) fn end(&self) {
        if self.0.swap(false, Ordering::Relaxed) {
            tracing::info!("copilot events are being delivered again");
        }
    }
}
