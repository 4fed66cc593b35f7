//! Findings and verdicts.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The result of all checks of an event.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    pub(crate) status: VerdictStatus,
    pub(crate) findings: Vec<Finding>,
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

/// The severity of a finding.
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
}

/// One result of a check.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    pub(crate) severity: Severity,
    pub(crate) code: FindingCode,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) path: String,
    pub(crate) message: String,
}

/// The kind of a finding. In JSON, the kind is in snake case, such as `missing_property`.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FindingCode {
    /// A property or id that the event needs is missing or empty.
    MissingProperty,
    /// A property's name resembles a name in the spec.
    #[serde(alias = "misspelt_property")]
    MisspelledProperty,
    /// A value has the wrong type.
    MistypedProperty,
    /// A property is outside `properties`, or `properties` is used instead of `traits`.
    MisplacedProperty,
    /// A property is not in the spec.
    UnplannedProperty,
    /// An event's name resembles a name in the spec.
    #[serde(alias = "misspelt_event")]
    MisspelledEvent,
    /// A Track call has no event name.
    MissingEvent,
    /// The call has no top-level `messageId`.
    MissingEnvelopeId,
    /// The id of the chat message is also the top-level `messageId`.
    ChatIdAsEnvelopeId,
    /// The same call arrived before.
    DuplicateEnvelopeId,
    /// A different call with the same top-level `messageId` arrived before.
    ConflictingEnvelopeId,
    /// The call has neither a user id nor an anonymous id.
    NoIdentity,
    /// The request has no write key.
    NoWriteKey,
    /// The call is larger than Segment accepts.
    TooLarge,
    /// The size of the call is close to the maximum that Segment accepts.
    NearSizeLimit,
    /// The body of the request is larger than Segment accepts.
    BatchTooLarge,
    /// The batch has more calls than Segment accepts.
    BatchTooMany,
    /// A timestamp is not in ISO 8601.
    BadTimestamp,
    /// The sender's clock differs from this machine's clock, or the request was delayed.
    ClockSkew,
    /// An id is longer than Segment accepts.
    IdTooLong,
    /// An id is not a string.
    IdNotString,
    /// The call has no `type`.
    NoType,
    /// The call's `type` is not a kind of call that the tracking API accepts.
    UnknownType,
    /// The call is not a JSON object.
    NotAnObject,
    /// The call is nested too deeply.
    TooDeep,
    /// The call or the body of the request is not valid JSON or was not received completely.
    BadJson,
    /// A string contains half of a surrogate pair.
    BadText,
    /// A key occurs twice in one object.
    DuplicateKey,
    /// A property has a name that is reserved by Segment or by warehouses.
    ReservedProperty,
    /// A kind that this version does not know. Only an imported event can have a finding of this
    /// kind.
    #[serde(other)]
    Other,
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
        write!(formatter, "{}: {}", self.severity, self.message)
    }
}

impl Verdict {
    /// Returns the overall result, which is determined by the most severe finding.
    #[must_use]
    pub fn status(&self) -> VerdictStatus {
        self.status
    }

    /// Returns the findings.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.findings
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

    /// Returns the verdict without findings that depend on other events.
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

    /// Adds a reason why Segment discards the event.
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
    /// Returns the severity.
    #[must_use]
    pub fn severity(&self) -> Severity {
        self.severity
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

    /// Returns a sentence that describes the problem.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }
}
