//! Segment's limits, and the limits on a request body.

use std::time::Duration;

/// The maximum size of a request body that Segment accepts, in bytes. The limit applies before and
/// after decompression.
pub const MAX_BODY_BYTES: usize = 500 * 1024;
/// The maximum number of calls that Segment accepts in a batch.
pub const MAX_BATCH_CALLS: usize = 2_500;
/// The maximum size of a call that Segment accepts, in bytes of JSON.
pub const MAX_CALL_BYTES: usize = 32 * 1024;

const MAX_DISCARDED_BYTES: usize = 8 * 1024 * 1024;
const BODY_TIMEOUT: Duration = Duration::from_secs(30);

/// Limits on a request body.
///
/// By default, the size limit is [`MAX_BODY_BYTES`], which is Segment's limit, and the timeout is
/// 30 seconds.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Limits {
    /// The maximum size of a body, in bytes, before and after decompression. Default:
    /// [`MAX_BODY_BYTES`].
    pub max_body_bytes: usize,
    /// The maximum number of bytes that are read from a body that is too large. The bytes beyond
    /// the size limit are discarded, but reading them allows the sender to receive the response.
    /// Default: 8 MiB.
    pub max_discarded_bytes: usize,
    /// The time within which the whole body must arrive. Default: 30 seconds.
    pub body_timeout: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_body_bytes: MAX_BODY_BYTES,
            max_discarded_bytes: MAX_DISCARDED_BYTES,
            body_timeout: BODY_TIMEOUT,
        }
    }
}

impl Limits {
    /// Sets the maximum size of a body, in bytes.
    #[must_use]
    pub fn with_max_body_bytes(mut self, bytes: usize) -> Self {
        self.max_body_bytes = bytes;
        self
    }

    /// Sets [`max_discarded_bytes`](Self::max_discarded_bytes).
    #[must_use]
    pub fn with_max_discarded_bytes(mut self, bytes: usize) -> Self {
        self.max_discarded_bytes = bytes;
        self
    }

    /// Sets the time within which the whole body must arrive.
    #[must_use]
    pub fn with_body_timeout(mut self, timeout: Duration) -> Self {
        self.body_timeout = timeout;
        self
    }
}
