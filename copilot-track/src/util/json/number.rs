//! Compares numbers in their text form.

use serde_json::Number;

/// Returns whether `serde_json` parses a number and writes it back as the same text.
pub(crate) fn is_reproduced(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    // Most numbers are integers that fit in 64 bits.
    if digits.len() <= 18 && digits.bytes().all(|byte| byte.is_ascii_digit()) && text != "-0" {
        return true;
    }
    serde_json::from_str::<Number>(text).is_ok_and(|number| number.to_string() == text)
}

/// Returns the number that replaces the given one in a `serde_json` value: the nearest 64-bit float
/// or integer. A number outside the range of floats becomes `f64::MAX` or `f64::MIN`.
pub(crate) fn nearest(text: &str) -> String {
    let limit = if text.starts_with('-') {
        f64::MIN
    } else {
        f64::MAX
    };
    match serde_json::from_str::<Number>(text) {
        Ok(number) => number.to_string(),
        Err(_) => Number::from_f64(limit).map_or_else(String::new, |number| number.to_string()),
    }
}

/// Returns whether two texts represent the same number, for example `1e2` and `100.0`.
pub(crate) fn is_equal(one: &str, other: &str) -> bool {
    let one = Decimal::parse(one);
    one.is_some() && one == Decimal::parse(other)
}

/// A number as its significant digits and the exponent of the last digit.
#[derive(Debug, PartialEq, Eq)]
struct Decimal {
    is_negative: bool,
    digits: String,
    exponent: i64,
}

impl Decimal {
    fn parse(text: &str) -> Option<Self> {
        let unsigned = text.strip_prefix('-').unwrap_or(text);
        let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse().ok()),
            None => (unsigned, Some(0)),
        };
        let (integer, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let all = integer.to_owned() + fraction;
        let significant = all.trim_start_matches('0').trim_end_matches('0');
        if significant.is_empty() {
            return Some(Self {
                is_negative: text.starts_with('-'),
                digits: String::new(),
                exponent: 0,
            });
        }
        let zeros = all.len() - all.trim_end_matches('0').len();
        let shift = i64::try_from(zeros).ok()? - i64::try_from(fraction.len()).ok()?;
        Some(Self {
            is_negative: text.starts_with('-'),
            digits: significant.to_owned(),
            exponent: i64::checked_add(exponent?, shift)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_change_are_found() {
        for text in [
            "0",
            "7",
            "-7",
            "18446744073709551615",
            "-9223372036854775808",
            "0.1",
            "1.0",
            "-0.0",
            "1.5e-7",
        ] {
            assert!(is_reproduced(text), "{text}");
            assert_eq!(nearest(text), text);
        }
        for (text, number) in [
            ("-0", "-0.0"),
            ("1e5", "100000.0"),
            ("1.50", "1.5"),
            ("1E2", "100.0"),
            ("0.1000000000000000055511151231257827", "0.1"),
            ("1e-400", "0.0"),
        ] {
            assert!(!is_reproduced(text), "{text}");
            assert_eq!(nearest(text), number);
        }
        // The form of large floats depends on the version of `serde_json`.
        for (text, number) in [
            ("18446744073709551616", 18_446_744_073_709_552_000.0),
            ("1e400", f64::MAX),
            ("-1e400", f64::MIN),
        ] {
            assert!(!is_reproduced(text), "{text}");
            assert_eq!(nearest(text).parse(), Ok(number));
        }
    }

    #[test]
    fn equal_numbers_can_have_different_texts() {
        for (one, other) in [
            ("1", "1.0"),
            ("1e2", "100.0"),
            ("1.50", "1.5"),
            ("0.012", "1.2E-2"),
            ("0", "0e99999999999999999999"),
            ("-0", "-0.0"),
            ("18446744073709551616e0", "1844674407370955161.6e1"),
        ] {
            assert!(is_equal(one, other), "{one} {other}");
        }
        for (one, other) in [
            ("1", "-1"),
            ("1", "10"),
            ("0", "-0"),
            ("18446744073709551616", "1.8446744073709552e19"),
            ("1e400", "1.7976931348623157e308"),
            ("1e99999999999999999999", "1e99999999999999999999"),
        ] {
            assert!(!is_equal(one, other), "{one} {other}");
        }
    }
}
