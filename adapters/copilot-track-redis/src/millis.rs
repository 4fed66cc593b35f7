//! Durations in milliseconds.

use std::time::Duration;

/// The longest duration that is sent to the server: 100 years. The server refuses an expiry after
/// the year 292 million, and the numbers in scripts are exact up to 2^53.
const MAX: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

/// Returns a duration in milliseconds. A duration of more than 100 years counts as 100 years.
pub(crate) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.min(MAX).as_millis()).unwrap_or(u64::MAX)
}
