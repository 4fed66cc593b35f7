//! Dates and times in RFC 3339 format.

use std::time::Duration;

use serde::Deserialize;
use time::format_description::well_known::Rfc3339;
use time::{Date, OffsetDateTime, Time, UtcOffset};

/// The types of the `time` crate, by the numbers that they write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DateType {
    /// Year, day of the year, hour, minute, second, nanosecond, and the offset.
    OffsetDateTime,
    /// Year, day of the year, hour, minute, second, and nanosecond, in UTC.
    UtcDateTime,
    /// The same numbers, without a known offset.
    LocalDateTime,
    /// Year and day of the year.
    Date,
    /// Hour, minute, second, and nanosecond.
    Time,
    /// Nanoseconds since 1970, in UTC.
    Timestamp,
}

/// Returns a date or a time in RFC 3339 format. A date and a time without an offset is formatted
/// without one, and so are a date without a time and a time without a date.
pub(super) fn format(ty: DateType, json: &[u8]) -> Option<String> {
    match ty {
        DateType::OffsetDateTime => {
            let (year, day, hour, minute, second, nanosecond, hours, minutes, seconds) =
                serde_json::from_slice(json).ok()?;
            let offset = UtcOffset::from_hms(hours, minutes, seconds).ok()?;
            let local = date_time(year, day, (hour, minute, second, nanosecond))?;
            rfc3339(local.replace_offset(offset))
        }
        DateType::UtcDateTime | DateType::LocalDateTime => {
            let (year, day, hour, minute, second, nanosecond) =
                serde_json::from_slice(json).ok()?;
            let mut text = rfc3339(date_time(year, day, (hour, minute, second, nanosecond))?)?;
            if ty == DateType::LocalDateTime {
                text.pop();
            }
            Some(text)
        }
        DateType::Date => {
            let (year, day) = serde_json::from_slice(json).ok()?;
            let mut text = rfc3339(date_time(year, day, (0, 0, 0, 0))?)?;
            text.truncate(text.find('T')?);
            Some(text)
        }
        DateType::Time => {
            let time = serde_json::from_slice(json).ok()?;
            let text = rfc3339(date_time(1970, 1, time)?)?;
            let time = text.split_once('T')?.1;
            Some(time.trim_end_matches('Z').to_owned())
        }
        DateType::Timestamp => {
            let nanos: i128 = serde_json::from_slice(json).ok()?;
            rfc3339(OffsetDateTime::from_unix_timestamp_nanos(nanos).ok()?)
        }
    }
}

/// Returns a time of the system in RFC 3339 format.
pub(super) fn format_system_time(json: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct SinceEpoch {
        secs_since_epoch: u64,
        nanos_since_epoch: u32,
    }
    let since: SinceEpoch = serde_json::from_slice(json).ok()?;
    let since = Duration::new(since.secs_since_epoch, since.nanos_since_epoch);
    let nanos = i128::try_from(since.as_nanos()).ok()?;
    rfc3339(OffsetDateTime::from_unix_timestamp_nanos(nanos).ok()?)
}

fn date_time(year: i32, day: u16, time: (u8, u8, u8, u32)) -> Option<OffsetDateTime> {
    let date = Date::from_ordinal_date(year, day).ok()?;
    let time = Time::from_hms_nano(time.0, time.1, time.2, time.3).ok()?;
    Some(date.with_time(time).assume_utc())
}

/// Formats a time. RFC 3339 cannot express an offset with seconds, so such a time is converted to
/// UTC.
fn rfc3339(at: OffsetDateTime) -> Option<String> {
    at.format(&Rfc3339)
        .or_else(|_| at.to_offset(UtcOffset::UTC).format(&Rfc3339))
        .ok()
}
