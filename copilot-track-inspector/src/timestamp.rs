//! Timestamps in ISO 8601.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use time::{
    Date, Month, OffsetDateTime, format_description::well_known::Rfc3339,
    macros::format_description,
};

const DAY_MS: i64 = 86_400_000;
/// The Julian day of 1970-01-01.
const UNIX_EPOCH_DAY: i64 = 2_440_588;
/// A time in the form that [`Timestamp::to_iso8601`] returns.
const EPOCH: [u8; 24] = *b"1970-01-01T00:00:00.000Z";

/// A point in time, in milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct Timestamp(pub(crate) i64);

impl Timestamp {
    /// The first and the last time whose year has four digits. ISO 8601 has no other years.
    const MIN: Self = Self(-62_167_219_200_000);
    const MAX: Self = Self(253_402_300_799_999);

    /// Returns the nearest time that can be written in ISO 8601.
    pub(crate) fn clamped(self) -> Self {
        self.clamp(Self::MIN, Self::MAX)
    }

    pub(crate) fn now() -> Self {
        Self::from(OffsetDateTime::now_utc())
    }

    /// Parses a timestamp that a client of the tracking API sent: an ISO 8601 date, optionally with
    /// a time and an offset.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        if let Some(usual) = Self::parse_usual(text.as_bytes()) {
            return Some(usual);
        }
        let day = || {
            let date = Date::parse(text, format_description!("[year]-[month]-[day]")).ok()?;
            Some(date.midnight().assume_utc())
        };
        let parsed = OffsetDateTime::parse(text, &Rfc3339).ok().or_else(day)?;
        Some(Self::from(parsed))
    }

    /// Parses a time in the form that most clients send, such as `2026-01-02T03:04:05.678Z`. Each
    /// event has such a time, and the general parser takes longer. Returns `None` for any other
    /// form.
    fn parse_usual(text: &[u8]) -> Option<Self> {
        let (date, time) = text.split_at_checked(11)?;
        let &[y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2, b'T'] = date else {
            return None;
        };
        let &[h1, h2, b':', n1, n2, b':', s1, s2, b'.', f1, f2, f3, b'Z'] = time else {
            return None;
        };
        let year = i32::from(number([y1, y2])?) * 100 + i32::from(number([y3, y4])?);
        let (month, day) = (number([m1, m2])?, number([d1, d2])?);
        let (hour, minute, second) = (number([h1, h2])?, number([n1, n2])?, number([s1, s2])?);
        let ms = i64::from(number([f1, f2])?) * 10 + i64::from(number([b'0', f3])?);
        // A leap second is left to the general parser.
        if hour > 23 || minute > 59 || second > 59 {
            return None;
        }
        let date = Date::from_calendar_date(year, Month::try_from(month).ok()?, day).ok()?;
        let days = i64::from(date.to_julian_day()) - UNIX_EPOCH_DAY;
        let seconds = (i64::from(hour) * 60 + i64::from(minute)) * 60 + i64::from(second);
        Some(Self(days * DAY_MS + seconds * 1_000 + ms))
    }

    pub(crate) fn to_iso8601(self) -> String {
        self.with_iso8601(str::to_owned)
    }

    /// Calls `with` with the time in ISO 8601. A time outside the years 0 to 9999 is replaced with
    /// the start of 1970.
    pub(crate) fn with_iso8601<T>(self, with: impl FnOnce(&str) -> T) -> T {
        let text = self.iso8601().unwrap_or(EPOCH);
        // The text consists of ASCII characters.
        with(std::str::from_utf8(&text).unwrap_or_default())
    }

    fn iso8601(self) -> Option<[u8; EPOCH.len()]> {
        let days = self.0.div_euclid(DAY_MS) + UNIX_EPOCH_DAY;
        let date = Date::from_julian_day(i32::try_from(days).ok()?).ok()?;
        let (year, month, day) = date.to_calendar_date();
        let year = u32::try_from(year).ok().filter(|year| *year <= 9999)?;
        let ms = u32::try_from(self.0.rem_euclid(DAY_MS)).ok()?;
        let (seconds, ms) = (ms / 1_000, ms % 1_000);
        let ([y1, y2], [y3, y4]) = (digits(year / 100), digits(year));
        let ([m1, m2], [d1, d2]) = (digits(u32::from(u8::from(month))), digits(u32::from(day)));
        let ([h1, h2], [n1, n2]) = (digits(seconds / 3_600), digits(seconds / 60 % 60));
        let ([s1, s2], [f1, f2], [_, f3]) = (digits(seconds % 60), digits(ms / 10), digits(ms));
        Some([
            y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2, b'T', h1, h2, b':', n1, n2, b':', s1, s2,
            b'.', f1, f2, f3, b'Z',
        ])
    }
}

/// Returns the last two digits of a number.
fn digits(number: u32) -> [u8; 2] {
    let digit = |number: u32| b'0' + u8::try_from(number % 10).unwrap_or_default();
    [digit(number / 10), digit(number)]
}

/// Returns a number of two digits.
fn number(digits: [u8; 2]) -> Option<u8> {
    let [tens, ones] = digits;
    let is_number = tens.is_ascii_digit() && ones.is_ascii_digit();
    is_number.then(|| (tens - b'0') * 10 + (ones - b'0'))
}

impl From<OffsetDateTime> for Timestamp {
    fn from(at: OffsetDateTime) -> Self {
        let ms = at.unix_timestamp_nanos() / 1_000_000;
        // With its offset, a time can be in the year -1 or 10000.
        Self(i64::try_from(ms).unwrap_or_default()).clamped()
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.with_iso8601(|text| serializer.serialize_str(text))
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| D::Error::custom("expected an ISO 8601 time"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timestamps_survive_a_round_trip() {
        for (text, written) in [
            ("2026-01-02T03:04:05.678Z", "2026-01-02T03:04:05.678Z"),
            ("2026-01-02T03:04:05Z", "2026-01-02T03:04:05.000Z"),
            (
                "2026-01-02T03:04:05.678912+02:00",
                "2026-01-02T01:04:05.678Z",
            ),
            ("2026-01-02", "2026-01-02T00:00:00.000Z"),
            ("0000-01-01T00:00:00+01:00", "0000-01-01T00:00:00.000Z"),
            ("9999-12-31T23:59:59-01:00", "9999-12-31T23:59:59.999Z"),
            ("1969-12-31T23:59:59.999Z", "1969-12-31T23:59:59.999Z"),
            ("0000-01-01T00:00:00.000Z", "0000-01-01T00:00:00.000Z"),
            ("9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z"),
            ("2024-02-29T12:34:56.009Z", "2024-02-29T12:34:56.009Z"),
        ] {
            assert_eq!(Timestamp::parse(text).unwrap().to_iso8601(), written);
        }
        for text in [
            "",
            "yesterday",
            "2026-13-02T03:04:05Z",
            "1735787045",
            "2026-00-02T03:04:05.678Z",
            "2026-02-29T03:04:05.678Z",
            "2026-01-02T24:04:05.678Z",
            "2026-01-02T03:60:05.678Z",
            "2026-01-02T03:04:05.6x8Z",
            "2026-01-02T03:04:05.678z ",
        ] {
            assert_eq!(Timestamp::parse(text), None, "{text}");
        }
    }

    #[test]
    fn both_parsers_return_the_same_time() {
        for ms in (-62_167_219_200_000_i64..253_402_300_800_000).step_by(86_399_999_877) {
            let text = Timestamp(ms).to_iso8601();
            let parsed = OffsetDateTime::parse(&text, &Rfc3339).unwrap();
            assert_eq!(Timestamp::from(parsed), Timestamp(ms), "{text}");
            assert_eq!(Timestamp::parse_usual(text.as_bytes()), Some(Timestamp(ms)));
        }
    }

    #[test]
    fn a_time_that_iso_8601_cannot_represent_is_the_epoch() {
        for ms in [i64::MIN, -62_167_219_200_001, 253_402_300_800_000, i64::MAX] {
            assert_eq!(Timestamp(ms).to_iso8601(), "1970-01-01T00:00:00.000Z");
        }
    }
}
