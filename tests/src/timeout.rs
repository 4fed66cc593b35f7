//! How long a test waits at most.

use std::time::Duration;

/// Longer than anything takes that will ever happen, on the slowest machine.
pub const TEST_TIMEOUT: Duration = Duration::from_secs(60);
