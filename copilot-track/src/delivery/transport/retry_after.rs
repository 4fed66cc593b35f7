//! Parses the `Retry-After` header.

use std::time::{Duration, SystemTime};

use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;

/// The maximum delay. Longer delays are shortened to it.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(300);

/// Parses the header, which is either a number of seconds or an HTTP date in any of its three
/// formats.
pub(crate) fn retry_after(header: &str, now: SystemTime) -> Option<Duration> {
    let header = header.trim();
    let delay = if let Ok(seconds) = header.parse() {
        Duration::from_secs(seconds)
    } else {
        // A date in the past means no delay.
        http_date(header)?.duration_since(now).unwrap_or_default()
    };
    Some(delay.min(MAX_RETRY_AFTER))
}

/// Parses an HTTP date. The two obsolete formats have the same parts, but in a different order or
/// with other separators.
fn http_date(text: &str) -> Option<SystemTime> {
    let words = text.split([' ', '-']).filter(|word| !word.is_empty());
    let words: Vec<&str> = words.collect();
    // Mon, 12 Jan 1970 13:46:47 GMT, or Monday, 12-Jan-70 13:46:47 GMT, or Mon Jan 12 13:46:47 1970
    let ([_, day, month, year, time, "GMT"] | [_, month, day, time, year]) = words[..] else {
        return None;
    };
    let date = format!("{day} {month} {year} {time} GMT");
    let date = OffsetDateTime::parse(&date, &Rfc2822).ok()?;
    Some(date.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_seconds_or_a_date_and_is_capped() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000);
        let seconds = |n| Some(Duration::from_secs(n));
        assert_eq!(retry_after("3", now), seconds(3));
        assert_eq!(retry_after(" 9999 ", now), seconds(300));
        assert_eq!(
            retry_after("Mon, 12 Jan 1970 13:46:47 GMT", now),
            seconds(7)
        );
        assert_eq!(
            retry_after("Mon, 12 Jan 1970 13:46:33 GMT", now),
            seconds(0)
        );
        for date in ["Monday, 12-Jan-70 13:46:47 GMT", "Mon Jan 12 13:46:47 1970"] {
            assert_eq!(retry_after(date, now), seconds(7), "{date}");
        }
        // A one-digit day, and then a distant date, a two-digit year in this century, and a leap
        // second.
        assert_eq!(retry_after("Thu Jan  1 00:00:00 1970", now), seconds(0));
        for date in [
            "Fri, 31 Dec 9999 23:59:59 GMT",
            "Monday, 25-Nov-30 00:00:00 GMT",
            "Sat, 31 Dec 2016 23:59:60 GMT",
        ] {
            assert_eq!(retry_after(date, now), seconds(300), "{date}");
        }
        for none in [
            "soon",
            "-1",
            "",
            "Mon, 12 Jan 1970 13:46:47 CET",
            "Mon, 32 Jan 1970 13:46:47 GMT",
            "Mon, 12 Jan 1970 25:46:47 GMT",
            "Mon, 12 Jän 1970 13:46:47 GMT",
            "1970-01-12T13:46:47Z",
        ] {
            assert_eq!(retry_after(none, now), None, "{none}");
        }
    }
}
