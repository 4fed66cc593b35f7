//! Computes deadlines.

use std::time::Duration;

use tokio::time::Instant;

/// Returns the time after `delay`. If the clock cannot represent that time, a delay of one day is
/// used.
pub(super) fn after(delay: Duration) -> Instant {
    let now = Instant::now();
    now.checked_add(delay)
        .unwrap_or_else(|| now + Duration::from_secs(86_400))
}
