//! The list of accepted findings.

use std::collections::HashSet;

use copilot_track_plan::Finding;

/// Findings that are not reported.
#[derive(Debug, Default)]
pub(super) struct AcceptedFindings(HashSet<String>);

impl AcceptedFindings {
    /// Reads a list with one finding per line. A line that starts with `#` is a comment.
    pub(super) fn parse(text: &str) -> Self {
        let lines = text.lines().map(str::trim);
        let keys = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
        Self(keys.map(str::to_owned).collect())
    }

    pub(super) fn contains(&self, finding: &Finding) -> bool {
        !self.0.is_empty() && self.0.contains(&finding.key())
    }
}
