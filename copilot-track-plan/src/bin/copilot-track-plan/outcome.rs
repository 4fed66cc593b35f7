//! The result of the `check` command.

use copilot_track_plan::Finding;

/// A finding and the place of its event.
pub(crate) struct Found {
    pub(crate) file: String,
    pub(crate) line: usize,
    pub(crate) finding: Finding,
}

/// The result of a check.
#[derive(Default)]
pub(crate) struct Outcome {
    pub(crate) found: Vec<Found>,
    /// The number of findings, including those that were not kept.
    pub(crate) finding_count: usize,
    pub(crate) accepted_count: usize,
    pub(crate) call_count: usize,
}
