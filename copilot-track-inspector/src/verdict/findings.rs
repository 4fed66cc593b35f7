//! What was found, and how bad it is.

use serde::{Deserialize, Serialize};

/// The verdict on an event: its findings, and the worst of them.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    pub(crate) status: VerdictStatus,
    pub(crate) findings: Vec<Finding>,
}

/// How an event stands, from best to worst.
#[derive(
    Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum VerdictStatus {
    /// Nothing was found.
    #[default]
    Ok,
    /// Only remarks.
    Note,
    /// Segment takes it, and something is likely not as it was meant.
    Warning,
    /// Segment takes it, and it is not what the spec asks for.
    Error,
    /// Segment would not keep it, though it may answer 200.
    Rejected,
}

/// How bad a finding is.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Severity {
    /// A remark.
    Note,
    /// Likely not as it was meant.
    Warning,
    /// Not what the spec or the tracking API asks for.
    Error,
}

/// One thing that was found of an event.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    pub(crate) severity: Severity,
    pub(crate) code: FindingCode,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) path: String,
    pub(crate) message: String,
}

/// The kinds of findings.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
#[expect(missing_docs, reason = "each is a sentence of docs/inspector-api.md")]
pub enum FindingCode {
    MissingProperty,
    #[serde(alias = "misspelt_property")]
    MisspelledProperty,
    MistypedProperty,
    MisplacedProperty,
    UnplannedProperty,
    #[serde(alias = "misspelt_event")]
    MisspelledEvent,
    MissingEvent,
    MissingEnvelopeId,
    ChatIdAsEnvelopeId,
    DuplicateEnvelopeId,
    ConflictingEnvelopeId,
    NoIdentity,
    NoWriteKey,
    TooLarge,
    NearSizeLimit,
    BatchTooLarge,
    BatchTooMany,
    BadTimestamp,
    ClockSkew,
    IdTooLong,
    IdNotString,
    NoType,
    UnknownType,
    NotAnObject,
    TooDeep,
    BadJson,
    BadText,
    DuplicateKey,
    ReservedProperty,
    #[serde(other)]
    Other,
}

impl Verdict {
    /// The worst of the findings.
    #[must_use]
    pub fn status(&self) -> VerdictStatus {
        self.status
    }

    /// What was found.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// Whether it is [`VerdictStatus::Ok`] or [`VerdictStatus::Note`].
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.status <= VerdictStatus::Note
    }

    /// Whether a finding is of this kind.
    #[must_use]
    pub fn has(&self, code: FindingCode) -> bool {
        self.findings.iter().any(|finding| finding.code == code)
    }

    pub(crate) fn add(
        &mut self,
        severity: Severity,
        code: FindingCode,
        path: impl Into<String>,
        message: impl Into<String>,
    ) {
        self.status = self.status.max(match severity {
            Severity::Note => VerdictStatus::Note,
            Severity::Warning => VerdictStatus::Warning,
            Severity::Error => VerdictStatus::Error,
        });
        self.findings.push(Finding {
            severity,
            code,
            path: path.into(),
            message: message.into(),
        });
    }

    /// Without what depends on other events.
    pub(crate) fn without_duplicates(&self) -> Self {
        let mut verdict = Self::default();
        for Finding {
            severity,
            code,
            path,
            message,
        } in &self.findings
        {
            if !matches!(
                code,
                FindingCode::DuplicateEnvelopeId | FindingCode::ConflictingEnvelopeId
            ) {
                verdict.add(*severity, *code, path.as_str(), message.as_str());
            }
        }
        if self.status == VerdictStatus::Rejected {
            verdict.status = VerdictStatus::Rejected;
        }
        verdict
    }

    /// Adds why Segment would not keep it.
    pub(crate) fn reject(
        &mut self,
        code: FindingCode,
        path: impl Into<String>,
        message: impl Into<String>,
    ) {
        self.add(Severity::Error, code, path, message);
        self.status = VerdictStatus::Rejected;
    }
}

impl Finding {
    /// How bad it is.
    #[must_use]
    pub fn severity(&self) -> Severity {
        self.severity
    }

    /// What kind it is.
    #[must_use]
    pub fn code(&self) -> FindingCode {
        self.code
    }

    /// Where in the call it is, such as `properties.message_body`; empty for the whole.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// What is wrong, in a sentence.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }
}
