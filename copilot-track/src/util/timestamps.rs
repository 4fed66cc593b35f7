//! Formats times as strings, and parses them.

use std::time::{Duration, SystemTime};

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Writes a time in ISO 8601 format, in UTC and with milliseconds, as Segment's own libraries do.
pub(crate) fn write_timestamp(at: SystemTime, out: &mut Vec<u8>) -> Result<(), String> {
    to_datetime(at)
        .and_then(|at| at.format_into(out, &Rfc3339).ok())
        .map(drop)
        .ok_or_else(|| "its timestamp is outside the years 0 to 9999".to_owned())
}

fn to_datetime(at: SystemTime) -> Option<OffsetDateTime> {
    let millis = |length: Duration| i128::try_from(length.as_millis()).ok();
    let unix = match at.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(since) => millis(since)?,
        Err(before) => -millis(before.duration())?,
    };
    OffsetDateTime::from_unix_timestamp_nanos(unix.checked_mul(1_000_000)?).ok()
}

/// Returns a time as a string, or `None` if it is outside the years 0 to 9999.
pub(crate) fn format_timestamp(at: SystemTime) -> Option<String> {
    let mut text = Vec::new();
    write_timestamp(at, &mut text).ok()?;
    String::from_utf8(text).ok()
}

/// Parses a time in RFC 3339 format, a profile of ISO 8601 with a date, a time, and an offset.
pub(crate) fn parse_timestamp(text: &str) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(text, &Rfc3339).ok()
}

/// A timestamp formatter. It is faster than [`write_timestamp`] if many timestamps are in the same
/// second.
#[derive(Debug, Default)]
pub(crate) struct TimestampFormatter {
    /// The latest timestamp, in whole seconds since 1970.
    second: u64,
    /// The formatted `second`, without the `Z`. Empty before the first timestamp.
    text: Vec<u8>,
}

impl TimestampFormatter {
    /// Writes a time in the same format as [`write_timestamp`].
    pub(crate) fn write(&mut self, at: SystemTime, out: &mut Vec<u8>) -> Result<(), String> {
        let Ok(since) = at.duration_since(SystemTime::UNIX_EPOCH) else {
            return write_timestamp(at, out);
        };
        if self.text.is_empty() || self.second != since.as_secs() {
            self.text.clear();
            let second = SystemTime::UNIX_EPOCH + Duration::from_secs(since.as_secs());
            write_timestamp(second, &mut self.text)?;
            self.text.pop();
            self.second = since.as_secs();
        }
        out.extend_from_slice(&self.text);
        let millis = since.subsec_millis();
        if millis > 0 {
            let digit = |value: u32| b"0123456789"[(value % 10) as usize];
            let digits = [b'.', digit(millis / 100), digit(millis / 10), digit(millis)];
            let zeros = digits
                .iter()
                .rev()
                .take_while(|digit| **digit == b'0')
                .count();
            out.extend_from_slice(digits.get(..4 - zeros).unwrap_or_default());
        }
        out.push(b'Z');
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn slow(at: SystemTime) -> Result<String, String> {
        let mut text = Vec::new();
        write_timestamp(at, &mut text).map(|()| String::from_utf8(text).unwrap())
    }

    #[test]
    fn the_format_is_iso_8601() {
        let at = SystemTime::UNIX_EPOCH + Duration::from_millis(1_767_323_045_678);
        assert_eq!(format_timestamp(at).unwrap(), "2026-01-02T03:04:05.678Z");
    }

    proptest! {
        #[test]
        fn the_formatter_and_the_function_agree(moments in prop::collection::vec(-2_000i64..3_000_000, 1..20)) {
            let mut timestamps = TimestampFormatter::default();
            for millis in moments {
                let length = Duration::from_millis(millis.unsigned_abs());
                let at = if millis < 0 {
                    SystemTime::UNIX_EPOCH - length
                } else {
                    SystemTime::UNIX_EPOCH + length
                };
                let mut out = Vec::new();
                timestamps.write(at, &mut out).unwrap();
                prop_assert_eq!(String::from_utf8(out).unwrap(), slow(at).unwrap());
            }
        }
    }

    #[test]
    fn a_year_out_of_range_is_always_an_error() {
        let mut timestamps = TimestampFormatter::default();
        let far = SystemTime::UNIX_EPOCH + Duration::from_secs(400_000_000_000);
        assert_eq!(format_timestamp(far), None);
        for _ in 0..2 {
            timestamps.write(far, &mut Vec::new()).unwrap_err();
        }
        timestamps
            .write(SystemTime::UNIX_EPOCH, &mut Vec::new())
            .unwrap();
    }
}
