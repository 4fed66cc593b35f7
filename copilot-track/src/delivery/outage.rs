//! Whether deliveries fail for now.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::delivery::transport::outcome::RetryCause;

/// Whether deliveries fail for now; told at the begin and at the end.
#[derive(Debug, Default)]
pub(crate) struct Outage(AtomicBool);

impl Outage {
    pub(super) fn begin(&self, cause: RetryCause) {
        if !self.0.swap(true, Ordering::Relaxed) {
            tracing::warn!(%cause, "copilot events cannot be delivered for now: they wait, and are tried again");
        }
    }

    pub(super) fn end(&self) {
        if self.0.swap(false, Ordering::Relaxed) {
            tracing::info!("copilot events are delivered again");
        }
    }
}
