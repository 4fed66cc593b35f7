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

/// How long a batch has waited, for each kind of wait.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct RetryBudget {
    pub(crate) backoff: WaitTime,
    pub(crate) rate_limit: WaitTime,
}

/// The time since the first wait of one kind. Times at which no process was running do not count.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct WaitTime {
    /// The time that passed in earlier processes.
    pub(crate) earlier: Duration,
    /// The start of the first wait in this process.
    pub(crate) since: Option<Instant>,
}

impl WaitTime {
    /// Returns the time that has passed until `now`.
    pub(crate) fn until(self, now: Instant) -> Duration {
        let since = self.since.map(|since| now.saturating_duration_since(since));
        self.earlier.saturating_add(since.unwrap_or_default())
    }
}

/// How long and how many times a batch has been retried.
#[derive(Debug, Default, Clone)]
pub(crate) struct RetryState {
    /// The number of retries that count toward the maximum.
    pub(crate) retries: u32,
    /// The number of consecutive failed attempts that the batch itself may have caused.
    pub(crate) failures: u32,
    /// The time since the first of these failures.
    pub(crate) failing: WaitTime,
    pub(crate) budget: RetryBudget,
    /// Whether the retries ran out, and the batch's parts are sent one last time.
    pub(crate) is_last_attempt: bool,
    /// Whether an earlier process sent the batch. It is not known whether that process delivered
    /// other batches in the meantime.
    pub(crate) is_restored: bool,
}

/// The part of a [`RetryState`] that is stored in the spool.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct StoredRetries {
    pub(crate) retries: u32,
    pub(crate) failures: u32,
    pub(crate) backoff_ms: u64,
    pub(crate) rate_limit_ms: u64,
}

impl From<StoredRetries> for RetryState {
    fn from(stored: StoredRetries) -> Self {
        let earlier = |millis| WaitTime {
            earlier: Duration::from_millis(millis),
            since: None,
        };
        let budget = RetryBudget {
            backoff: earlier(stored.backoff_ms),
            rate_limit: earlier(stored.rate_limit_ms),
        };
        Self {
            retries: stored.retries,
            failures: stored.failures,
            failing: budget.backoff,
            budget,
            is_last_attempt: false,
            is_restored: true,
        }
    }
}

impl RetryState {
    /// Returns the values to store. A process that reads them continues from `now`.
    pub(crate) fn store(&self, now: Instant) -> StoredRetries {
        let millis =
            |wait: WaitTime| u64::try_from(wait.until(now).as_millis()).unwrap_or(u64::MAX);
        StoredRetries {
            retries: self.retries,
            failures: self.failures,
            backoff_ms: millis(self.budget.backoff),
            rate_limit_ms: millis(self.budget.rate_limit),
        }
    }
}

impl RetryState {
    /// The number of failures and the time after which a batch is suspected to be the cause of its
    /// failures. A shorter time would let a brief outage change the order of batches.
    const SUSPECT_FAILURES: u32 = 4;
    const SUSPECT_TIME: Duration = Duration::from_millis(1_500);

    /// Adds a failed attempt. `may_be_batch` is whether the batch may be the cause.
    pub(super) fn record_failure(&mut self, may_be_batch: bool, now: Instant) {
        if may_be_batch {
            self.failures = self.failures.saturating_add(1);
            self.failing.since.get_or_insert(now);
        } else {
            self.failures = 0;
            self.failing = WaitTime::default();
        }
    }

    /// Counts a retry. Returns its number, counted from 1.
    pub(super) fn count_retry(&mut self) -> u32 {
        // The number of earlier retries can come from a damaged file.
        self.retries = self.retries.saturating_add(1);
        self.retries
    }

    /// Prepares for the next part of the batch, after a part has been settled. The parts of a batch
    /// share its budget.
    pub(super) fn part_settled(&mut self) {
        if !self.is_last_attempt {
            self.retries = 0;
        }
        self.failures = 0;
        self.failing = WaitTime::default();
    }

    /// Returns whether a batch whose retries ran out is bisected, because only some of its events
    /// may be the cause. During an outage, a bisection would only add requests. `delivered_at` is
    /// the time of the latest delivery of any batch.
    pub(super) fn is_bisected(&self, delivered_at: Option<Instant>) -> bool {
        let since = self.failing.since;
        let others_arrived = since.is_some_and(|since| delivered_at > Some(since));
        self.is_last_attempt || self.is_restored || others_arrived
    }

    /// Returns whether the batch itself may be the cause of its failures.
    pub(crate) fn is_suspect(&self, now: Instant) -> bool {
        self.failures >= Self::SUSPECT_FAILURES && self.failing.until(now) >= Self::SUSPECT_TIME
    }
}

impl RetryPolicy {
    /// Returns whether the budget allows a wait until `until`. The budget starts at the first wait.
    pub(super) fn allows_wait_until(
        self,
        waited: &mut WaitTime,
        now: Instant,
        until: Instant,
    ) -> bool {
        waited.since.get_or_insert(now);
        waited.until(until) <= self.budget
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
    fn a_batch_is_bisected_if_it_alone_can_be_the_cause() {
        let failed_at = Instant::now();
        let after = failed_at + Duration::from_millis(1);
        let mut fresh = RetryState::default();
        assert!(!fresh.is_bisected(Some(after)));
        fresh.record_failure(true, failed_at);
        assert!(!fresh.is_bisected(None) && !fresh.is_bisected(Some(failed_at)));
        assert!(fresh.is_bisected(Some(after)));
        // A failed connection is not caused by a batch.
        fresh.record_failure(false, after);
        assert!(!fresh.is_bisected(Some(after)));
        fresh.is_last_attempt = true;
        assert!(fresh.is_bisected(None));
        assert!(RetryState::from(StoredRetries::default()).is_bisected(None));
    }

    #[test]
    fn waits_in_earlier_processes_count_toward_the_budget() {
        let retry_policy = RetryPolicy {
            budget: HOUR,
            max_retries: None,
        };
        let now = Instant::now();
        let mut waited = WaitTime {
            earlier: Duration::from_secs(3_590),
            since: None,
        };
        let mut allows = |seconds| {
            retry_policy.allows_wait_until(&mut waited, now, now + Duration::from_secs(seconds))
        };
        assert!(allows(10) && !allows(11));
        let mut state = RetryState::default();
        state.budget.backoff = waited;
        state.record_failure(true, now);
        let stored = state.store(now + Duration::from_secs(4));
        assert_eq!((stored.failures, stored.backoff_ms), (1, 3_594_000));
        let restored = RetryState::from(stored);
        assert_eq!(restored.store(now), stored);
    }

    #[test]
    fn wrong_numbers_of_an_earlier_process_do_not_overflow() {
        let now = Instant::now();
        let mut state = RetryState::from(StoredRetries {
            retries: u32::MAX,
            failures: u32::MAX,
            backoff_ms: u64::MAX,
            rate_limit_ms: u64::MAX,
        });
        state.record_failure(true, now);
        assert_eq!((state.count_retry(), state.failures), (u32::MAX, u32::MAX));
        assert_eq!(state.store(now + HOUR).backoff_ms, u64::MAX);
    }

    #[test]
    fn a_batch_is_suspect_after_several_failures_over_some_time() {
        let now = Instant::now();
        let later = now + RetryState::SUSPECT_TIME;
        let mut state = RetryState::default();
        for _ in 0..RetryState::SUSPECT_FAILURES {
            assert!(!state.is_suspect(later));
            state.record_failure(true, now);
        }
        assert!(state.is_suspect(later) && !state.is_suspect(now));
        state.record_failure(false, now);
        assert!(!state.is_suspect(later));
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
