//! The outcome of an attempt to send a batch.
//!
//! The retry rules match the test suites of Segment's newest SDKs.

use std::fmt;
use std::time::Duration;

/// The status of a response to an invalid request.
pub(crate) const INVALID: u16 = 400;

/// The outcome of one attempt to send a batch. The `error` fields contain the text of an error and
/// its sources, without secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum AttemptOutcome {
    /// The endpoint accepted the batch.
    Delivered,
    /// The batch can be retried, but not before `retry_after` has passed.
    Retry {
        retry_after: Option<Duration>,
        cause: RetryCause,
        error: Option<String>,
    },
    /// The batch is too large for one request and should be split. If it has only one event, the
    /// event is rejected with this status.
    Split { status: Option<u16> },
    /// The endpoint refused the batch as invalid, with status [`INVALID`]. The cause can be a
    /// single event.
    Invalid,
    /// The batch must not be retried.
    Rejected {
        status: Option<u16>,
        error: Option<String>,
    },
}

/// What happens to a batch if the application's transport panics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OnPanic {
    /// The events are rejected, because the next attempt would probably panic, too.
    Reject,
    /// The events are kept and sent again later.
    Retry,
}

impl OnPanic {
    /// Returns what happens with or without a spool. Only a spool has room for events that the
    /// transport does not accept.
    pub(crate) fn with_spool(has_spool: bool) -> Self {
        if has_spool { Self::Retry } else { Self::Reject }
    }

    /// Returns the outcome of an attempt that panicked.
    pub(super) fn outcome(self) -> AttemptOutcome {
        let error = Some("it panicked".to_owned());
        match self {
            Self::Reject => AttemptOutcome::Rejected {
                status: None,
                error,
            },
            Self::Retry => AttemptOutcome::Retry {
                retry_after: None,
                cause: RetryCause::Panicked,
                error: None,
            },
        }
    }
}

/// The reason a batch must be retried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RetryCause {
    /// The endpoint responded with this status.
    Status(u16),
    /// The endpoint's host name cannot be resolved.
    UnknownHost,
    /// The connection was refused.
    Refused,
    /// The endpoint's certificate is invalid or not trusted.
    #[cfg(feature = "__tls")]
    UntrustedCertificate,
    /// TLS failed for another reason.
    #[cfg(feature = "__tls")]
    Tls,
    /// No connection could be made for another reason.
    Unreachable,
    /// There was no response before the timeout.
    TimedOut,
    /// The connection broke, or the response was not HTTP.
    Broken,
    /// The writer of JSON lines failed.
    Writer,
    /// The transport panicked.
    Panicked,
}

impl RetryCause {
    /// Returns whether the contents of a batch may be the cause. A rate limit and a connection that
    /// cannot be made affect every batch.
    pub(crate) fn may_be_batch(self) -> bool {
        match self {
            Self::Status(status) => status != 429,
            Self::TimedOut | Self::Broken | Self::Panicked => true,
            _ => false,
        }
    }
}

impl fmt::Display for RetryCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Status(status) => {
                return write!(f, "the endpoint responded with status {status}");
            }
            Self::UnknownHost => "the endpoint's host name cannot be resolved",
            Self::Refused => "the connection to the endpoint was refused",
            #[cfg(feature = "__tls")]
            Self::UntrustedCertificate => {
                "the endpoint's certificate is not trusted; \
                 see `TrackerBuilder::root_certificates`"
            }
            #[cfg(feature = "__tls")]
            Self::Tls => "the TLS handshake with the endpoint failed",
            Self::Unreachable => "the endpoint cannot be reached",
            Self::TimedOut => "the endpoint did not respond in time",
            Self::Broken => "the connection to the endpoint broke",
            Self::Writer => "the writer failed",
            Self::Panicked => "the transport panicked",
        })
    }
}

/// Classifies an HTTP response.
///
/// A redirect counts as a rejection, because following it could send personal data to another host.
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
        INVALID => AttemptOutcome::Invalid,
        501 | 505 | 511 => rejected(status),
        408 | 410 | 429 | 460 | 500..=599 => AttemptOutcome::Retry {
            retry_after,
            cause: RetryCause::Status(status),
            error: None,
        },
        _ => rejected(status),
    }
}

fn rejected(status: u16) -> AttemptOutcome {
    AttemptOutcome::Rejected {
        status: Some(status),
        error: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_are_classified() {
        for status in [408, 410, 429, 460, 500, 502, 503, 504, 508, 529, 599] {
            let retry = AttemptOutcome::Retry {
                retry_after: None,
                cause: RetryCause::Status(status),
                error: None,
            };
            assert_eq!(classify(status, None, false), retry);
        }
        for status in [
            100, 301, 302, 307, 401, 403, 404, 422, 451, 499, 501, 505, 511, 600, 0,
        ] {
            assert_eq!(classify(status, None, false), rejected(status), "{status}");
        }
        assert_eq!(classify(200, None, false), AttemptOutcome::Delivered);
        assert_eq!(classify(400, None, false), AttemptOutcome::Invalid);
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
    fn retry_after_is_used_for_every_status_that_is_retried() {
        let after = Some(Duration::from_secs(7));
        for status in [408, 410, 429, 460, 500, 502, 503, 504, 529] {
            let cause = RetryCause::Status(status);
            assert_eq!(
                classify(status, after, false),
                AttemptOutcome::Retry {
                    retry_after: after,
                    cause,
                    error: None,
                }
            );
        }
        for status in [200, 307, 400, 404, 413, 501, 505, 511] {
            let without = classify(status, None, false);
            assert_eq!(classify(status, after, false), without);
        }
    }

    #[test]
    fn a_batch_can_cause_failures_of_its_own_requests_only() {
        for cause in [
            RetryCause::Status(500),
            RetryCause::Status(408),
            RetryCause::TimedOut,
            RetryCause::Broken,
            RetryCause::Panicked,
        ] {
            assert!(cause.may_be_batch(), "{cause}");
        }
        for cause in [
            RetryCause::Status(429),
            RetryCause::UnknownHost,
            RetryCause::Refused,
            RetryCause::Unreachable,
            RetryCause::Writer,
        ] {
            assert!(!cause.may_be_batch(), "{cause}");
        }
    }
}
