//! Timestamps in ISO 8601.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use time::{
    OffsetDateTime, format_description::BorrowedFormatItem,
    format_description::well_known::Rfc3339, macros::format_description,
};

const FORMAT: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");

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
        let day = || {
            let date = time::Date::parse(text, format_description!("[year]-[month]-[day]")).ok()?;
            Some(date.midnight().assume_utc())
        };
        let parsed = OffsetDateTime::parse(text, &Rfc3339).ok().or_else(day)?;
        Some(Self::from(parsed))
    }

    fn date_time(self) -> Option<OffsetDateTime> {
        OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.0) * 1_000_000).ok()
    }

    pub(crate) fn to_iso8601(self) -> String {
        self.date_time()
            .and_then(|at| at.format(FORMAT).ok())
            .unwrap_or_else(|| "1970-01-01T00:00:00.000Z".to_owned())
    }
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
        serializer.serialize_str(&self.to_iso8601())
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
        ] {
            assert_eq!(Timestamp::parse(text).unwrap().to_iso8601(), written);
        }
        for text in ["", "yesterday", "2026-13-02T03:04:05Z", "1735787045"] {
            assert_eq!(Timestamp::parse(text), None, "{text}");
        }
    }
}
