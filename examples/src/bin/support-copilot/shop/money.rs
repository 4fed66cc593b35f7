use std::{fmt, str::FromStr};

use serde::Deserialize;

/// An amount of money in cents. Floating-point numbers would cause rounding errors in sums.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Ord, PartialOrd, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Money(u32);

#[derive(Debug, thiserror::Error)]
#[error("`{0}` is not a valid amount; write it like `19.99`")]
pub(crate) struct ParseMoneyError(String);

impl Money {
    #[cfg(test)]
    pub(crate) const fn cents(cents: u32) -> Self {
        Self(cents)
    }

    pub(crate) fn times(self, quantity: u32) -> Self {
        Self(self.0.saturating_mul(quantity))
    }

    pub(crate) fn as_f64(self) -> f64 {
        f64::from(self.0) / 100.0
    }
}

impl std::iter::Sum for Money {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self(0), |sum, amount| Self(sum.0.saturating_add(amount.0)))
    }
}

impl FromStr for Money {
    type Err = ParseMoneyError;

    fn from_str(text: &str) -> Result<Self, ParseMoneyError> {
        let error = || ParseMoneyError(text.to_owned());
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || fraction.len() > 2 || !digits(whole) || !digits(fraction) {
            return Err(error());
        }
        format!("{whole}{fraction:0<2}")
            .parse()
            .map(Self)
            .map_err(|_| error())
    }
}

impl TryFrom<String> for Money {
    type Error = ParseMoneyError;

    fn try_from(text: String) -> Result<Self, ParseMoneyError> {
        text.parse()
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // `pad` applies the width to the whole amount, so columns line up.
        f.pad(&format!("${}.{:02}", self.0 / 100, self.0 % 100))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_parsed_and_formatted_with_cents() {
        assert_eq!("19.99".parse::<Money>().unwrap(), Money::cents(1999));
        assert_eq!("50".parse::<Money>().unwrap(), Money::cents(5000));
        assert_eq!("7.5".parse::<Money>().unwrap(), Money::cents(750));
        assert_eq!(Money::cents(1905).to_string(), "$19.05");
        assert_eq!(format!("{:>7}", Money::cents(999)), "  $9.99");
        for wrong in ["", ".", ".5", "-1", "1.234", "1,5", "99999999999"] {
            assert!(wrong.parse::<Money>().is_err(), "{wrong}");
        }
    }
}
