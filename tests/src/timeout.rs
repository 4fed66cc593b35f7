//! The time limit of a test.

use std::time::Duration;

/// The maximum time that a test waits for one step: longer than any step takes on a slow machine.
pub const TEST_TIMEOUT: Duration = Duration::from_secs(60);
