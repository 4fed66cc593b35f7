//! The distribution of durations.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The number of values between 10 and 99, which are those with two significant digits.
const TWO_DIGITS: u64 = 100;
/// The longest duration that is believed, in milliseconds: ten years.
const MAX_MS: u64 = 10 * 365 * 86_400_000;

/// A distribution of durations. Each duration is rounded to two significant digits, so that the
/// size of a distribution does not depend on the number of durations.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Times {
    count: u64,
    /// The sum of the exact durations, in milliseconds.
    sum_ms: u64,
    /// The number of durations by rounded duration, in milliseconds.
    rounded: BTreeMap<u64, u64>,
}

impl Times {
    pub(super) fn add(&mut self, ms: u64) {
        let ms = ms.min(MAX_MS);
        self.count += 1;
        self.sum_ms = self.sum_ms.saturating_add(ms);
        *self.rounded.entry(round(ms)).or_default() += 1;
    }

    /// Removes a duration that was added.
    pub(super) fn remove(&mut self, ms: u64) {
        let ms = ms.min(MAX_MS);
        self.count = self.count.saturating_sub(1);
        self.sum_ms = self.sum_ms.saturating_sub(ms);
        if let Some(count) = self.rounded.get_mut(&round(ms)) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                self.rounded.remove(&round(ms));
            }
        }
    }

    pub(super) fn count(&self) -> u64 {
        self.count
    }

    /// Returns the mean of the exact durations, rounded down.
    pub(super) fn mean_ms(&self) -> Option<u64> {
        self.sum_ms.checked_div(self.count)
    }

    /// Returns the smallest rounded duration that is at least as long as this percentage of all
    /// durations.
    pub(super) fn percentile_ms(&self, percent: u64) -> Option<u64> {
        let rank = (self.count * percent).div_ceil(100).max(1);
        let mut seen = 0;
        self.rounded.iter().find_map(|(ms, count)| {
            seen += count;
            (seen >= rank).then_some(*ms)
        })
    }

    /// Returns the number of durations of at least `from` and less than `to`, after rounding.
    pub(super) fn between(&self, from: u64, to: Option<u64>) -> u64 {
        let to = to.unwrap_or(u64::MAX);
        self.rounded.range(from..to).map(|(_, count)| count).sum()
    }
}

/// Rounds a duration to two significant digits.
fn round(ms: u64) -> u64 {
    let mut unit = 1;
    while ms / unit >= TWO_DIGITS {
        unit *= 10;
    }
    (ms + unit / 2) / unit * unit
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_rounded_to_two_significant_digits() {
        for (ms, rounded) in [
            (0, 0),
            (7, 7),
            (99, 99),
            (104, 100),
            (105, 110),
            (999, 1_000),
            (1_949, 1_900),
            (1_950, 2_000),
            (61_499, 61_000),
        ] {
            assert_eq!(round(ms), rounded, "{ms}");
        }
    }

    #[test]
    fn percentiles_and_the_mean_are_unknown_without_durations() {
        let mut times = Times::default();
        assert_eq!((times.mean_ms(), times.percentile_ms(50)), (None, None));
        times.add(0);
        assert_eq!(
            (times.mean_ms(), times.percentile_ms(50)),
            (Some(0), Some(0))
        );
    }

    #[test]
    fn a_removed_duration_leaves_no_trace() {
        let mut times = Times::default();
        for ms in [100, 2_000, 2_010, 30_000] {
            times.add(ms);
        }
        assert_eq!(times.mean_ms(), Some(8_527));
        assert_eq!(times.percentile_ms(50), Some(2_000));
        assert_eq!(times.percentile_ms(95), Some(30_000));
        assert_eq!(
            (times.between(0, Some(500)), times.between(2_000, None)),
            (1, 3)
        );
        for ms in [2_010, 30_000, 100, 2_000] {
            times.remove(ms);
        }
        assert_eq!(times, Times::default());
    }

    #[test]
    fn the_size_of_a_distribution_is_limited() {
        let mut times = Times::default();
        for exponent in 0..64 {
            for step in 0..1_000 {
                times.add((1 << exponent) + step);
            }
        }
        assert!(times.rounded.len() < 1_000, "{}", times.rounded.len());
    }
}
