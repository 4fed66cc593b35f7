//! How long a request's body may take.

use std::time::Duration;

/// How long a body may take to come.
pub(super) const BODY_TIMEOUT: Duration = Duration::from_secs(30);
