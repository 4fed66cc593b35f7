//! What an answer means, and when to try again.
//!
//! The rules are those that Segment's newest SDKs test for.

use std::fmt;
use std::time::Duration;

/// What became of one attempt to send a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AttemptOutcome {
    /// The endpoint has it.
    Delivered,
    /// It may go through later; not before `after`, if the endpoint said so.
    Retry {
        retry_after: Option<Duration>,
        cause: RetryCause,
    },
    /// Too large for one request: its halves may go through. Else rejected with this status.
    Split { status: Option<u16> },
    /// It will never go through.
    Rejected { status: Option<u16> },
}

/// What stands in the way for now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RetryCause {
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

impl fmt::Display for RetryCause {
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

/// Reads an HTTP answer.
///
/// A 3xx is a failure and is not tried again: following it could send a customer's words
/// elsewhere.
pub(crate) fn classify(
    status: u16,
    retry_after: Option<Duration>,
    says_too_large: bool,
) -> AttemptOutcome {
    match status {
        200..=299 => AttemptOutcome::Delivered,
        413 => AttemptOutcome::Split {
            status: Some(status),
        },
        400 if says_too_large => AttemptOutcome::Split {
            status: Some(status),
        },
        501 | 505 | 511 => AttemptOutcome::Rejected {
            status: Some(status),
        },
        408 | 410 | 429 | 460 | 500..=599 => AttemptOutcome::Retry {
            retry_after,
            cause: RetryCause::Status(status),
        },
        _ => AttemptOutcome::Rejected {
            status: Some(status),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_follow_the_rules() {
        for status in [408, 410, 429, 460, 500, 502, 503, 504, 508, 529, 599] {
            let retry = AttemptOutcome::Retry {
                retry_after: None,
                cause: RetryCause::Status(status),
            };
            assert_eq!(classify(status, None, false), retry);
        }
        for status in [
            100, 301, 302, 307, 400, 401, 403, 404, 422, 451, 499, 501, 505, 511, 600, 0,
        ] {
            assert_eq!(
                classify(status, None, false),
                AttemptOutcome::Rejected {
                    status: Some(status)
                },
                "{status}"
            );
        }
        assert_eq!(classify(200, None, false), AttemptOutcome::Delivered);
        assert_eq!(
            classify(413, None, false),
            AttemptOutcome::Split { status: Some(413) }
        );
        assert_eq!(
            classify(400, None, true),
            AttemptOutcome::Split { status: Some(400) }
        );
    }

    #[test]
    fn retry_after_counts_on_any_status_that_is_tried_again() {
        let after = Some(Duration::from_secs(7));
        for status in [408, 410, 429, 460, 500, 502, 503, 504, 529] {
            let cause = RetryCause::Status(status);
            assert_eq!(
                classify(status, after, false),
                AttemptOutcome::Retry {
                    retry_after: after,
                    cause
                }
            );
        }
        for status in [200, 307, 400, 404, 413, 501, 505, 511] {
            let without = classify(status, None, false);
            assert_eq!(classify(status, after, false), without);
        }
    }
}
