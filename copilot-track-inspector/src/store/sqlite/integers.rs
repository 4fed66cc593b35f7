//! Converts integers. `SQLite` has only signed integers.

/// Converts to a database integer. Numbers that are too large become `i64::MAX`.
pub(super) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// Converts from a database integer. Negative numbers become 0.
pub(super) fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}
