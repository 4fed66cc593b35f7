//! The timeout for request bodies outside the tracking API.

use std::time::Duration;

/// How long a body may take to arrive. During an import, this is how long the body may stall.
pub(super) const BODY_TIMEOUT: Duration = Duration::from_secs(30);
