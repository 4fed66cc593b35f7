//! The number of a conversation's events with each status.

use serde::{Deserialize, Serialize};

use crate::verdict::findings::VerdictStatus;

/// All statuses, from worst to best.
const STATUSES: [VerdictStatus; 5] = [
    VerdictStatus::Rejected,
    VerdictStatus::Error,
    VerdictStatus::Warning,
    VerdictStatus::Note,
    VerdictStatus::Ok,
];

/// The number of events with each status, from worst to best.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct StatusCounts([u64; STATUSES.len()]);

impl StatusCounts {
    pub(super) fn add(&mut self, status: VerdictStatus) {
        if let Some(count) = self.count_mut(status) {
            *count += 1;
        }
    }

    pub(super) fn remove(&mut self, status: VerdictStatus) {
        if let Some(count) = self.count_mut(status) {
            *count = count.saturating_sub(1);
        }
    }

    /// Returns the worst status of the events.
    pub(super) fn worst(&self) -> VerdictStatus {
        let mut counts = STATUSES.iter().zip(self.0);
        counts
            .find(|(_, count)| *count > 0)
            .map_or(VerdictStatus::Ok, |(status, _)| *status)
    }

    fn count_mut(&mut self, status: VerdictStatus) -> Option<&mut u64> {
        let index = STATUSES.iter().position(|other| *other == status)?;
        self.0.get_mut(index)
    }
}
