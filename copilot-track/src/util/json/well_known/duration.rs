//! Durations in milliseconds.

use serde::Deserialize;

/// A duration as an object or an array with these two numbers.
#[derive(Deserialize)]
struct SecondsAndNanos {
    secs: i64,
    nanos: i32,
}

/// Returns the number of milliseconds of a duration that consists of seconds and nanoseconds.
pub(super) fn milliseconds(json: &[u8]) -> Option<f64> {
    let SecondsAndNanos { secs, nanos } = serde_json::from_slice(json).ok()?;
    Some(from_nanos(
        i128::from(secs) * 1_000_000_000 + i128::from(nanos),
    ))
}

/// Returns the number of milliseconds of a duration in ISO 8601 format, such as `-PT1H30M1.5S`.
/// Returns `None` if the duration has days or larger units, because their length varies.
pub(super) fn milliseconds_of_text(json: &[u8]) -> Option<f64> {
    let text: &str = serde_json::from_slice(json).ok()?;
    let (sign, text) = text.strip_prefix('-').map_or((1, text), |text| (-1, text));
    let mut rest = text.strip_prefix("PT")?;
    let mut nanos = 0_i128;
    while !rest.is_empty() {
        let end = rest.find(|char: char| char.is_ascii_alphabetic())?;
        let (amount, unit) = rest.split_at(end);
        let seconds_per_unit = match unit.as_bytes().first()? {
            b'H' => 3_600,
            b'M' => 60,
            b'S' => 1,
            _ => return None,
        };
        nanos += parse_nanos(amount)? * seconds_per_unit;
        rest = unit.get(1..)?;
    }
    Some(from_nanos(sign * nanos))
}

/// Parses a number with up to nine decimal places, and multiplies it by 10⁹.
fn parse_nanos(amount: &str) -> Option<i128> {
    let (whole, fraction) = amount.split_once('.').unwrap_or((amount, ""));
    let fraction = format!("{fraction:0<9}");
    let fraction: u32 = fraction.get(..9)?.parse().ok()?;
    Some(i128::from(whole.parse::<u64>().ok()?) * 1_000_000_000 + i128::from(fraction))
}

#[allow(
    clippy::cast_precision_loss,
    reason = "exact for durations of up to 104 days"
)]
fn from_nanos(nanos: i128) -> f64 {
    nanos as f64 / 1_000_000.0
}
