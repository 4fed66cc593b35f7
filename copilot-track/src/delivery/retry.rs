//! Retry budgets and delays.

use std::time::Duration;

use tokio::time::Instant;

/// Limits on how long and how many times a batch is retried.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RetryPolicy {
    /// How long a batch is retried, measured from its first backoff. For waits requested with
    /// `Retry-After`, a separate budget of the same length applies.
    pub(crate) budget: Duration,
    /// The maximum number of retries. Retries after a response with `Retry-After` do not count.
    pub(crate) max_retries: Option<u32>,
}

/// The time at which a batch first had to wait, for each kind of wait.
#[derive(Debug, Default)]
pub(super) struct RetryBudget {
    pub(super) backoff: Option<Instant>,
    pub(super) rate_limit: Option<Instant>,
}

impl RetryPolicy {
    /// Returns whether a wait until `until` is within the budget that started at `first`. If
    /// `first` is `None`, the budget starts at `now`.
    pub(super) fn allows_wait_until(
        self,
        first: &mut Option<Instant>,
        now: Instant,
        until: Instant,
    ) -> bool {
        let end = first.get_or_insert(now).checked_add(self.budget);
        end.is_none_or(|end| until <= end)
    }

    /// Returns whether retry number `retry`, counted from 1, is allowed.
    pub(super) fn allows_retry(self, retry: u32) -> bool {
        self.max_retries.is_none_or(|max| retry <= max)
    }
}

const FIRST_DELAY: Duration = Duration::from_millis(500);
const MAX_DELAY: Duration = Duration::from_secs(60);

/// Returns the delay before retry number `retry`, counted from 1. The delay is 500 ms at first and
/// doubles each time, up to 60 s. `jitter`, a number from 0 to 1, shortens it by up to half, so
/// that many processes do not retry at the same time.
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
    fn rate_limits_and_backoffs_have_separate_budgets() {
        let retry_policy = RetryPolicy {
            budget: 12 * HOUR,
            max_retries: None,
        };
        let started_at = Instant::now();
        let mut budget = RetryBudget::default();
        let wait = Duration::from_secs(300);
        let covers = |first: &mut _, now: Instant, wait| {
            retry_policy.allows_wait_until(first, now, now + wait)
        };
        assert!(covers(&mut budget.rate_limit, started_at, wait));
        assert!(covers(&mut budget.rate_limit, started_at + 11 * HOUR, wait));
        // The backoff budget starts at the first backoff, not at the first rate limit.
        assert!(covers(&mut budget.backoff, started_at + 11 * HOUR, wait));
        assert!(!covers(
            &mut budget.rate_limit,
            started_at + 12 * HOUR,
            wait
        ));
        assert!(covers(&mut budget.backoff, started_at + 22 * HOUR, wait));
        assert!(!covers(&mut budget.backoff, started_at + 23 * HOUR, wait));
    }

    #[test]
    fn retries_are_limited_only_if_a_maximum_is_set() {
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
        // Jitter applies after the cap, so even the longest delays are spread out.
        assert_eq!(backoff(50, 1.0), Duration::from_secs(30));
    }
}
