//! The values of the filters that compare numbers: a number such as `4`, or a range such as `1..3`.

use std::ops::RangeInclusive;

use super::figure::millionths;

/// A range of numbers that contains both of its bounds.
pub(crate) type NumberRange = RangeInclusive<i64>;

/// Parses a rating or a range of ratings. The bounds are in millionths.
pub(super) fn ratings(value: &str) -> Option<NumberRange> {
    range(value, |rating| {
        let rating: f64 = rating.parse().ok()?;
        rating.is_finite().then(|| millionths(rating))
    })
}

/// Parses a duration or a range of durations, such as `500ms..2s`. The bounds are in milliseconds.
pub(super) fn durations_ms(value: &str) -> Option<NumberRange> {
    range(value, duration_ms)
}

/// Parses a count or a range of counts.
pub(super) fn counts(value: &str) -> Option<NumberRange> {
    range(value, |count| count.parse().ok().map(u32::into))
}

/// Parses a number or a range. One bound of a range can be missing.
fn range(value: &str, number: impl Fn(&str) -> Option<i64>) -> Option<NumberRange> {
    let Some((from, to)) = value.split_once("..") else {
        let number = number(value)?;
        return Some(number..=number);
    };
    let bounds = match (from, to) {
        ("", "") => return None,
        ("", to) => i64::MIN..=number(to)?,
        (from, "") => number(from)?..=i64::MAX,
        (from, to) => number(from)?..=number(to)?,
    };
    (!bounds.is_empty()).then_some(bounds)
}

/// Returns a duration such as `1.5s` in milliseconds.
fn duration_ms(duration: &str) -> Option<i64> {
    let is_in_number = |it: char| it.is_ascii_digit() || it == '.';
    let (number, unit) = duration.split_at(duration.find(|it| !is_in_number(it))?);
    let unit_ms = match unit {
        "ms" => 1.0,
        "s" => 1_000.0,
        "m" => 60_000.0,
        "h" => 3_600_000.0,
        _ => return None,
    };
    let number: f64 = number.parse().ok()?;
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a cast to an integer saturates"
    )]
    Some((number * unit_ms).round() as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_a_number_or_a_range() {
        for (value, range) in [
            ("3", Some(3..=3)),
            ("3..4", Some(3..=4)),
            ("3..3", Some(3..=3)),
            ("65..", Some(65..=i64::MAX)),
            ("..2", Some(i64::MIN..=2)),
            ("..", None),
            ("4..3", None),
            ("", None),
            ("-1", None),
            ("3.5", None),
            ("3...4", None),
            ("x", None),
            ("99999999999", None),
        ] {
            assert_eq!(counts(value), range, "{value}");
        }
        for (value, range) in [
            ("4", Some(4_000_000..=4_000_000)),
            ("-0.5..4.25", Some(-500_000..=4_250_000)),
            ("1e300..", Some(i64::MAX..=i64::MAX)),
            ("inf", None),
            ("NaN", None),
            ("4 stars", None),
        ] {
            assert_eq!(ratings(value), range, "{value}");
        }
        for (value, range) in [
            ("250ms", Some(250..=250)),
            ("0.5s..0.999s", Some(500..=999)),
            ("2m..1h", Some(120_000..=3_600_000)),
            ("100s..", Some(100_000..=i64::MAX)),
            ("1", None),
            ("s", None),
            (".s", None),
            ("-1s", None),
            ("1d", None),
            ("é", None),
        ] {
            assert_eq!(durations_ms(value), range, "{value}");
        }
    }
}
