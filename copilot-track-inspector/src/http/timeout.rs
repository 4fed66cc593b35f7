//! The timeout of request bodies outside the tracking API.

use std::time::Duration;

/// How long a body may take to arrive or, during an import, how long it may stall.
pub(super) const BODY_TIMEOUT: Duration = Duration::from_secs(30);
