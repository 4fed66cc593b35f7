//! Findings and verdicts.

use std::{cmp::Reverse, fmt};

use serde::{Deserialize, Serialize};

use super::{code::FindingCode, source::FindingSource};

/// The maximum number of findings in a verdict. Without a limit, an event with tens of thousands of
/// properties would have as many findings.
const MAX_FINDINGS: usize = 100;

/// The result of all checks of an event.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    pub(crate) status: VerdictStatus,
    pub(crate) findings: Vec<Finding>,
    /// The number of findings that were left out, because there were too many.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(crate) omitted: u64,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes a reference"
)]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// The overall result of an event's checks, from best to worst.
#[derive(
    Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum VerdictStatus {
    /// There are no findings.
    #[default]
    Ok,
    /// There are only notes.
    Note,
    /// Segment accepts the event, but it probably contains a mistake.
    Warning,
    /// Segment accepts the event, but it does not follow the spec.
    Error,
    /// Segment discards the event, although it may respond with 200.
    Rejected,
}

/// The severity of a finding, from mildest to worst.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Severity {
    /// Information, not a problem.
    Note,
    /// Probably a mistake.
    Warning,
    /// A violation of the spec or of the tracking API's rules.
    Error,
    /// The reason why Segment discards the event.
    Rejected,
}

/// One result of a check.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    pub(crate) severity: Severity,
    #[serde(default)]
    pub(crate) source: FindingSource,
    pub(crate) code: FindingCode,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) path: String,
    /// The event that a finding about a conversation is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) seq: Option<u64>,
    pub(crate) message: String,
}

impl VerdictStatus {
    /// Returns the name of the status in JSON, such as `warning`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
            Self::Rejected => "rejected",
        }
    }
}

impl fmt::Display for VerdictStatus {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl Severity {
    /// Returns the name of the severity in JSON, such as `warning`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
            Self::Rejected => "rejected",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{} ({}): {}",
            self.severity, self.source, self.message
        )
    }
}

impl Verdict {
    /// Returns the overall result, which is determined by the most severe finding.
    #[must_use]
    pub fn status(&self) -> VerdictStatus {
        self.status
    }

    /// Returns the findings. The worst finding comes first. There are at most 100.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// Returns the number of further findings. The mildest findings are left out, except those
    /// about the request and about an earlier event with the same id.
    #[must_use]
    pub fn omitted_findings(&self) -> u64 {
        self.omitted
    }

    /// Returns whether the status is [`VerdictStatus::Ok`] or [`VerdictStatus::Note`].
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.status <= VerdictStatus::Note
    }

    /// Returns whether there is a finding of this kind.
    #[must_use]
    pub fn has(&self, code: FindingCode) -> bool {
        self.findings.iter().any(|finding| finding.code == code)
    }

    /// Adds a finding whose source is the usual one of its code.
    pub(crate) fn add(
        &mut self,
        severity: Severity,
        code: FindingCode,
        path: impl Into<String>,
        message: impl Into<String>,
    ) {
        self.add_from(code.usual_source(), severity, code, path, message);
    }

    /// Adds a finding. The worst finding comes first. Findings with the same severity are in the
    /// order in which they were added. Call [`finish`](Self::finish) when all findings are added.
    pub(crate) fn add_from(
        &mut self,
        source: FindingSource,
        severity: Severity,
        code: FindingCode,
        path: impl Into<String>,
        message: impl Into<String>,
    ) {
        self.push(Finding {
            severity,
            source,
            code,
            path: path.into(),
            seq: None,
            message: message.into(),
        });
    }

    /// Adds a finding about a conversation, and about one of its events if `seq` is its number.
    pub(crate) fn add_about(
        &mut self,
        seq: Option<u64>,
        severity: Severity,
        code: FindingCode,
        message: impl Into<String>,
    ) {
        self.push(Finding {
            severity,
            source: code.usual_source(),
            code,
            path: String::new(),
            seq,
            message: message.into(),
        });
    }

    /// Keeps only some findings.
    pub(crate) fn retain(&mut self, is_kept: impl Fn(&Finding) -> bool) {
        self.sort();
        self.findings.retain(is_kept);
        let worst = self.findings.first();
        self.status = worst.map_or(VerdictStatus::Ok, |worst| worst.severity.into());
    }

    /// Leaves out the mildest findings if there are more than 100. This function is called when all
    /// checks have added their findings, because a check can remove findings of an earlier one.
    pub(crate) fn finish(&mut self) {
        let excess = self.findings.len().saturating_sub(MAX_FINDINGS);
        if excess == 0 {
            return;
        }
        self.sort();
        let mut left = excess;
        let mut kept: Vec<_> = self
            .findings
            .drain(..)
            .rev()
            .filter(|finding| {
                let is_kept = left == 0 || finding.is_permanent();
                left -= usize::from(!is_kept);
                is_kept
            })
            .collect();
        kept.reverse();
        kept.truncate(MAX_FINDINGS);
        self.findings = kept;
        self.omitted = self.omitted.saturating_add(excess as u64);
    }

    /// Returns whether [`finish`](Self::finish) may have left out findings.
    pub(crate) fn is_full(&self) -> bool {
        self.omitted > 0 || self.findings.len() >= MAX_FINDINGS
    }

    /// Sorts the findings by severity. Findings with the same severity stay in their order.
    fn sort(&mut self) {
        self.findings
            .sort_by_key(|finding| Reverse(finding.severity));
    }

    /// Returns whether both verdicts have the same findings, in any order.
    pub(crate) fn has_same_findings(&self, other: &Self) -> bool {
        (self.findings.len(), self.omitted) == (other.findings.len(), other.omitted)
            && self
                .findings
                .iter()
                .all(|finding| other.findings.contains(finding))
    }

    /// Adds a finding. See [`add_from`](Self::add_from).
    pub(super) fn push(&mut self, finding: Finding) {
        self.status = self.status.max(finding.severity.into());
        if self.findings.len() >= MAX_FINDINGS {
            // `finish` sorts the findings. Inserting each of tens of thousands takes too long.
            return self.findings.push(finding);
        }
        let at = self
            .findings
            .partition_point(|other| other.severity >= finding.severity);
        self.findings.insert(at, finding);
    }

    /// Returns the verdict without findings that depend on other events.
    pub(crate) fn without_duplicates(&self) -> Self {
        let mut verdict = Self::default();
        for finding in &self.findings {
            if !matches!(
                finding.code,
                FindingCode::DuplicateEnvelopeId | FindingCode::ConflictingEnvelopeId
            ) {
                verdict.push(finding.clone());
            }
        }
        if !verdict.findings.is_empty() {
            verdict.omitted = self.omitted;
        }
        verdict.finish();
        verdict
    }

    /// Adds a reason why Segment discards the event.
    pub(crate) fn reject(
        &mut self,
        code: FindingCode,
        path: impl Into<String>,
        message: impl Into<String>,
    ) {
        self.add(Severity::Rejected, code, path, message);
    }
}

impl From<Severity> for VerdictStatus {
    fn from(severity: Severity) -> Self {
        match severity {
            Severity::Note => Self::Note,
            Severity::Warning => Self::Warning,
            Severity::Error => Self::Error,
            Severity::Rejected => Self::Rejected,
        }
    }
}

impl Finding {
    /// Returns the severity.
    #[must_use]
    pub fn severity(&self) -> Severity {
        self.severity
    }

    /// Returns the origin of the rule that the finding is about.
    #[must_use]
    pub fn source(&self) -> FindingSource {
        self.source
    }

    /// Returns the kind.
    #[must_use]
    pub fn code(&self) -> FindingCode {
        self.code
    }

    /// Returns the path in the call, such as `properties.message_body`. It is empty if the finding
    /// is about the whole call.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Returns the sequence number of the event that a finding about a conversation is about.
    #[must_use]
    pub fn seq(&self) -> Option<u64> {
        self.seq
    }

    /// Returns a sentence that describes the problem.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Returns whether a later check of the stored call cannot find this again, because the finding
    /// is about the request or about an earlier event. An event has few such findings.
    pub(super) fn is_permanent(&self) -> bool {
        match self.code {
            FindingCode::DuplicateEnvelopeId
            | FindingCode::ConflictingEnvelopeId
            | FindingCode::NoWriteKey
            | FindingCode::BatchTooMany
            | FindingCode::BadText => true,
            // Without a path, the key occurs twice in the request.
            FindingCode::DuplicateKey => self.path.is_empty(),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mildest_findings_of_a_long_list_are_left_out() {
        let mut verdict = Verdict::default();
        for number in 0..30_000 {
            let severity = match number % 3 {
                0 => Severity::Note,
                1 => Severity::Error,
                _ => Severity::Warning,
            };
            let path = format!("properties.{number}");
            verdict.add(severity, FindingCode::UnplannedProperty, path, "");
        }
        verdict.reject(FindingCode::TooLarge, "", "");
        verdict.finish();
        assert_eq!(verdict.findings.len(), MAX_FINDINGS);
        assert_eq!(verdict.omitted_findings(), 30_001 - MAX_FINDINGS as u64);
        assert_eq!(verdict.status(), VerdictStatus::Rejected);
        let paths: Vec<_> = verdict.findings.iter().map(Finding::path).collect();
        assert_eq!(paths[..3], ["", "properties.1", "properties.4"]);
        assert!(
            verdict.findings[1..]
                .iter()
                .all(|it| it.severity == Severity::Error)
        );
        let json = serde_json::to_value(&verdict).unwrap();
        assert_eq!(serde_json::from_value::<Verdict>(json).unwrap(), verdict);
    }

    /// Returns a verdict with this number of notes.
    fn notes(count: usize) -> Verdict {
        let mut verdict = Verdict::default();
        for number in 0..count {
            let path = format!("properties.{number}");
            verdict.add(Severity::Note, FindingCode::UnplannedProperty, path, "");
        }
        verdict
    }

    #[test]
    fn a_check_can_remove_any_finding_of_an_earlier_check() {
        let mut verdict = notes(150);
        verdict.add(Severity::Error, FindingCode::MistypedProperty, "", "");
        verdict.retain(|finding| finding.code != FindingCode::UnplannedProperty);
        verdict.finish();
        assert_eq!(verdict.findings.len(), 1);
        verdict.retain(|_| false);
        verdict.finish();
        assert_eq!(verdict, Verdict::default());
        // The findings after the 100th are sorted before some of them are removed.
        let mut verdict = notes(100);
        verdict.add(Severity::Error, FindingCode::MistypedProperty, "", "");
        verdict.retain(|finding| finding.path.len() < "properties.10".len());
        assert_eq!(verdict.status(), VerdictStatus::Error);
        assert_eq!(verdict.findings[0].severity, Severity::Error);
    }

    #[test]
    fn findings_that_cannot_be_found_again_are_not_left_out() {
        let mut verdict = notes(MAX_FINDINGS);
        for code in [
            FindingCode::NoWriteKey,
            FindingCode::DuplicateEnvelopeId,
            FindingCode::UnplannedProperty,
        ] {
            verdict.add(Severity::Note, code, "", "");
            verdict.finish();
        }
        assert_eq!(verdict.findings.len(), MAX_FINDINGS);
        assert_eq!(verdict.omitted, 3);
        assert!(verdict.has(FindingCode::NoWriteKey));
        assert!(verdict.has(FindingCode::DuplicateEnvelopeId));
        verdict.omitted = u64::MAX;
        verdict.add(Severity::Note, FindingCode::NoIdentity, "", "");
        verdict.finish();
        assert_eq!(verdict.omitted, u64::MAX);
        // An imported event can have any verdict.
        let mut verdict = Verdict::default();
        for _ in 0..200 {
            verdict.add(Severity::Note, FindingCode::NoWriteKey, "", "");
        }
        verdict.finish();
        assert_eq!(verdict.findings.len(), MAX_FINDINGS);
        verdict.retain(|_| false);
        assert_eq!(verdict.without_duplicates(), Verdict::default());
    }
}
