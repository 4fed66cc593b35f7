//! How long, and how often, a batch is tried again.

use std::time::Duration;

use tokio::time::Instant;

/// How long, and how often, a batch is tried again.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RetryPolicy {
    /// For back-offs, from the first of a batch, and likewise for the pauses that the endpoint
    /// asks for.
    pub(crate) budget: Duration,
    /// How many back-offs a request may have; the pauses that the endpoint asks for do not count.
    pub(crate) max_retries: Option<u32>,
}

/// When a batch was first made to wait.
#[derive(Debug, Default)]
pub(super) struct RetryBudget {
    pub(super) back_off: Option<Instant>,
    pub(super) rate_limit: Option<Instant>,
}

impl RetryPolicy {
    /// Whether a wait until then, the first of its kind if `first` is none, is within the budget.
    pub(super) fn allows_wait_until(
        self,
        first: &mut Option<Instant>,
        now: Instant,
        until: Instant,
    ) -> bool {
        let end = first.get_or_insert(now).checked_add(self.budget);
        end.is_none_or(|end| until <= end)
    }

    /// Whether one more retry, by this number from 1, is allowed.
    pub(super) fn allows_retry(self, retry: u32) -> bool {
        self.max_retries.is_none_or(|most| retry <= most)
    }
}

const FIRST_DELAY: Duration = Duration::from_millis(500);
const MAX_DELAY: Duration = Duration::from_secs(60);

/// How long to wait before retry number `retry` (from 1): 500 ms, doubled each time up to 60 s, of
/// which `jitter` (0 to 1) takes off up to a half, so that many processes do not come back at once.
pub(crate) fn backoff(retry: u32, jitter: f64) -> Duration {
    let doublings = retry.saturating_sub(1).min(16);
    let delay = FIRST_DELAY.saturating_mul(1 << doublings).min(MAX_DELAY);
    delay.mul_f64(1.0 - jitter.clamp(0.0, 1.0) / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    #[test]
    fn pauses_and_back_offs_have_a_budget_of_twelve_hours_each() {
        let retry_policy = RetryPolicy {
            budget: 12 * HOUR,
            max_retries: None,
        };
        let begun = Instant::now();
        let mut budget = RetryBudget::default();
        let wait = Duration::from_secs(300);
        let covers = |first: &mut _, now: Instant, wait| {
            retry_policy.allows_wait_until(first, now, now + wait)
        };
        assert!(covers(&mut budget.rate_limit, begun, wait));
        assert!(covers(&mut budget.rate_limit, begun + 11 * HOUR, wait));
        // The other kind begins when it is first needed.
        assert!(covers(&mut budget.back_off, begun + 11 * HOUR, wait));
        assert!(!covers(&mut budget.rate_limit, begun + 12 * HOUR, wait));
        assert!(covers(&mut budget.back_off, begun + 22 * HOUR, wait));
        assert!(!covers(&mut budget.back_off, begun + 23 * HOUR, wait));
    }

    #[test]
    fn retries_are_counted_only_if_that_is_asked() {
        let retry_policy = |max_retries| RetryPolicy {
            budget: HOUR,
            max_retries,
        };
        assert!(retry_policy(None).allows_retry(u32::MAX));
        assert!(retry_policy(Some(2)).allows_retry(2) && !retry_policy(Some(2)).allows_retry(3));
        assert!(!retry_policy(Some(0)).allows_retry(1));
    }

    #[test]
    fn delays_double_up_to_a_minute_and_are_never_zero() {
        let full = |retry| backoff(retry, 0.0);
        assert_eq!(full(1), Duration::from_millis(500));
        assert_eq!(full(2), Duration::from_secs(1));
        assert_eq!(full(7), Duration::from_secs(32));
        assert_eq!(full(8), Duration::from_secs(60));
        assert_eq!(full(u32::MAX), Duration::from_secs(60));
        assert_eq!(backoff(1, 1.0), Duration::from_millis(250));
        // Jitter comes after the cap: even the longest are spread.
        assert_eq!(backoff(50, 1.0), Duration::from_secs(30));
    }
}
