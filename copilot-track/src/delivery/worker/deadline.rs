//! Moments to come.

use std::time::Duration;

use tokio::time::Instant;

/// The moment after `delay`; an absurd delay is a day.
pub(super) fn after(delay: Duration) -> Instant {
    let now = Instant::now();
    now.checked_add(delay)
        .unwrap_or_else(|| now + Duration::from_secs(86_400))
}
