//! Findings and verdicts.

use std::fmt;

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

    /// Returns the number of further findings, which are not worse than those in
    /// [`findings`](Self::findings).
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
    /// order in which they were added.
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
        self.findings.retain(is_kept);
        let worst = self.findings.first().map(|finding| finding.severity.into());
        self.status = match worst {
            Some(worst) => worst,
            None if self.omitted > 0 => VerdictStatus::Note,
            None => VerdictStatus::Ok,
        };
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
        let at = self
            .findings
            .partition_point(|other| other.severity >= finding.severity);
        if self.findings.len() == MAX_FINDINGS {
            self.omitted += 1;
            if at == MAX_FINDINGS {
                return;
            }
            // The last finding is the mildest one.
            self.findings.pop();
        }
        self.findings.insert(at, finding);
    }

    /// Returns the verdict without findings that depend on other events.
    pub(crate) fn without_duplicates(&self) -> Self {
        let mut verdict = Self {
            omitted: self.omitted,
            ..Self::default()
        };
        for finding in &self.findings {
            if !matches!(
                finding.code,
                FindingCode::DuplicateEnvelopeId | FindingCode::ConflictingEnvelopeId
            ) {
                verdict.push(finding.clone());
            }
        }
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
        // Without the findings that are kept, it is only known that there were others.
        verdict.retain(|_| false);
        assert_eq!(verdict.status(), VerdictStatus::Note);
    }
}
