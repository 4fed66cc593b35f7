//! The value of the `since:` filter.

use crate::timestamp::Timestamp;

/// Returns the point in time that `value` means: a duration before `now`, such as `15m`, or a date
/// with or without a time. A time without an offset is in UTC.
pub(super) fn parse(value: &str, now: Timestamp) -> Option<Timestamp> {
    duration_ms(value)
        .map(|duration| Timestamp(now.0.saturating_sub(duration)))
        .or_else(|| Timestamp::parse(value))
        .or_else(|| Timestamp::parse(&format!("{value}Z")))
        .or_else(|| Timestamp::parse(&format!("{value}:00Z")))
}

/// Returns a duration such as `15m` in milliseconds.
fn duration_ms(value: &str) -> Option<i64> {
    let (digits, unit) = value.split_at(value.find(|it: char| !it.is_ascii_digit())?);
    let unit_ms: i64 = match unit {
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        "w" => 604_800_000,
        _ => return None,
    };
    digits.parse::<i64>().ok()?.checked_mul(unit_ms)
}
