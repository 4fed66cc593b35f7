//! What an answer means, and when to try again.
//!
//! The rules are those that Segment's newest SDKs test for.

use std::fmt;
use std::time::{Duration, SystemTime};

use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;

/// What became of one attempt to send a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The endpoint has it.
    Delivered,
    /// It may go through later; not before `after`, if the endpoint said so.
    Retry {
        after: Option<Duration>,
        why: Obstacle,
    },
    /// Too large for one request: its halves may go through. Else rejected with this status.
    Split { status: u16 },
    /// It will never go through.
    Rejected { status: u16 },
}

/// What stands in the way for now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Obstacle {
    /// The endpoint answered so.
    Status(u16),
    /// No connection could be made.
    Unreachable,
    /// There was no answer in time.
    TimedOut,
    /// The connection broke, or the answer was not HTTP.
    Broken,
    /// The writer of JSON lines failed.
    Writer,
}

impl fmt::Display for Obstacle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Status(status) => return write!(f, "the endpoint answered {status}"),
            Self::Unreachable => "the endpoint cannot be reached",
            Self::TimedOut => "the endpoint did not answer in time",
            Self::Broken => "the connection to the endpoint broke",
            Self::Writer => "the writer failed",
        })
    }
}

/// The most that `Retry-After` can ask for.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(300);

/// Reads an HTTP answer.
///
/// A 3xx is a failure and is not tried again: following it could send a customer's words
/// elsewhere.
pub(crate) fn classify(
    status: u16,
    retry_after: Option<Duration>,
    says_too_large: bool,
) -> Outcome {
    match status {
        200..=299 => Outcome::Delivered,
        413 => Outcome::Split { status },
        400 if says_too_large => Outcome::Split { status },
        501 | 505 | 511 => Outcome::Rejected { status },
        408 | 410 | 429 | 460 | 500..=599 => Outcome::Retry {
            after: retry_after,
            why: Obstacle::Status(status),
        },
        _ => Outcome::Rejected { status },
    }
}

/// Reads `Retry-After`: seconds, or an HTTP date in any of its three forms.
pub(crate) fn retry_after(header: &str, now: SystemTime) -> Option<Duration> {
    let header = header.trim();
    let delay = if let Ok(seconds) = header.parse() {
        Duration::from_secs(seconds)
    } else {
        // A date in the past means now.
        http_date(header)?.duration_since(now).unwrap_or_default()
    };
    Some(delay.min(MAX_RETRY_AFTER))
}

/// An HTTP date. Its two obsolete forms have the words of the first in other places.
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

const FIRST_DELAY: Duration = Duration::from_millis(500);
const MAX_DELAY: Duration = Duration::from_secs(60);

/// How long to wait before retry number `retry` (from 1): 500 ms, doubled each time up to 60 s, of
/// which `jitter` (0 to 1) takes off up to a half, so that many processes do not come back at once.
pub(crate) fn backoff(retry: u32, jitter: f64) -> Duration {
    let doublings = retry.saturating_sub(1).min(16);
    let delay = FIRST_DELAY.saturating_mul(1 << doublings).min(MAX_DELAY);
    delay.mul_f64(1.0 - jitter.clamp(0.0, 1.0) / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_follow_the_rules() {
        for status in [408, 410, 429, 460, 500, 502, 503, 504, 508, 529, 599] {
            let retry = Outcome::Retry {
                after: None,
                why: Obstacle::Status(status),
            };
            assert_eq!(classify(status, None, false), retry);
        }
        for status in [
            100, 301, 302, 307, 400, 401, 403, 404, 422, 451, 499, 501, 505, 511, 600, 0,
        ] {
            assert_eq!(
                classify(status, None, false),
                Outcome::Rejected { status },
                "{status}"
            );
        }
        assert_eq!(classify(200, None, false), Outcome::Delivered);
        assert_eq!(classify(413, None, false), Outcome::Split { status: 413 });
        assert_eq!(classify(400, None, true), Outcome::Split { status: 400 });
    }

    #[test]
    fn retry_after_is_seconds_or_a_date_and_capped() {
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
        // A day of one digit, and a year of two that is not of the last century.
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

    #[test]
    fn retry_after_counts_on_any_status_that_is_tried_again() {
        let after = Some(Duration::from_secs(7));
        for status in [408, 410, 429, 460, 500, 502, 503, 504, 529] {
            let why = Obstacle::Status(status);
            assert_eq!(
                classify(status, after, false),
                Outcome::Retry { after, why }
            );
        }
        for status in [200, 307, 400, 404, 413, 501, 505, 511] {
            let without = classify(status, None, false);
            assert_eq!(classify(status, after, false), without);
        }
    }

    #[test]
    fn delays_double_up_to_a_minute_and_are_never_zero() {
        let full = |retry| backoff(retry, 0.0);
        assert_eq!(full(1), Duration::from_millis(500));
        assert_eq!(full(2), Duration::from_secs(1));
        assert_eq!(full(7), Duration::from_secs(32));
        assert_eq!(full(8), Duration::from_secs(60));
        assert_eq!(full(u32::MAX), Duration::from_secs(60));
        assert_eq!(backoff(1, 1.0), Duration::from_millis(250));
        // Jitter comes after the cap: even the longest are spread.
        assert_eq!(backoff(50, 1.0), Duration::from_secs(30));
    }
}
