//! The time limit of a test.

use std::time::Duration;

/// The maximum time that a test waits for one step. It is longer than any step takes, even on a
/// slow machine.
pub const TEST_TIMEOUT: Duration = Duration::from_secs(60);
