//! Deadlines.

use std::time::Duration;

use tokio::time::Instant;

/// Returns the time after `delay`. A delay too long for the clock counts as one day.
pub(super) fn after(delay: Duration) -> Instant {
    let now = Instant::now();
    now.checked_add(delay)
        .unwrap_or_else(|| now + Duration::from_secs(86_400))
}
