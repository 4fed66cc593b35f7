//! Checks the terms of a query and converts them to conditions.

use serde_json::Value;

use super::{
    needle::Needle,
    parse::{MAX_QUERY_BYTES, MAX_TERMS, Term, parse},
    time_limit,
};
use crate::{
    timestamp::Timestamp,
    verdict::{code::FindingCode, findings::Severity},
};

/// A valid query. An event matches if it meets all conditions.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Search {
    pub(super) conditions: Vec<Condition>,
}

/// A condition that an event meets or does not meet.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Condition {
    /// An id, the event's name, the message text, or the type of a tool or of media contains the
    /// text.
    Text(Needle),
    /// The event's name contains the text, or the type of the call is the text.
    Event(Needle),
    /// The user id or the anonymous id contains the text.
    User(Needle),
    /// The name and version of the client library contain the text.
    Library(Needle),
    /// There is a finding with this severity.
    Severity(Severity),
    /// There are no findings.
    NoFindings,
    /// There is a finding that is worse than a note.
    Problem,
    /// There is a finding with this code.
    Code(FindingCode),
    /// The event happened at this time or later.
    Since(Timestamp),
}

/// The reason why a query is invalid.
#[derive(Debug, Eq, PartialEq, thiserror::Error)]
pub(crate) enum SearchError {
    #[error("the search is longer than {MAX_QUERY_BYTES} bytes")]
    TooLong,
    #[error("the search has more than {MAX_TERMS} terms")]
    TooManyTerms,
    #[error(
        "unknown filter `{0}:`; the filters are event, user, library, severity, code, and since. To search for this text, put it in quotes"
    )]
    UnknownFilter(String),
    #[error("`{0}:` needs a value, such as `{0}:{example}`", example = example(.0))]
    NoValue(String),
    #[error("unknown severity `{0}`: expected ok, note, warning, error, rejected, or problem")]
    UnknownSeverity(String),
    #[error("unknown code `{0}`: expected the code of a finding, such as `missing_property`")]
    UnknownCode(String),
    #[error(
        "invalid time `{0}`: expected a duration such as 15m (s, m, h, d, or w), or a date such as 2026-01-02 or 2026-01-02T03:04:05Z"
    )]
    InvalidTime(String),
}

impl Search {
    /// Parses and checks a query. `now` is the time to which durations are relative. Without any
    /// condition, all events match.
    pub(crate) fn new(query: &str, now: Timestamp) -> Result<Self, SearchError> {
        if query.len() > MAX_QUERY_BYTES {
            return Err(SearchError::TooLong);
        }
        let terms = parse(query);
        if terms.len() > MAX_TERMS {
            return Err(SearchError::TooManyTerms);
        }
        let mut conditions = Vec::new();
        for term in terms {
            match term {
                Term::Text(text) if text.trim().is_empty() => {}
                Term::Text(text) => conditions.push(Condition::Text(Needle::new(&text))),
                Term::Filter { name, value } => conditions.push(condition(name, &value, now)?),
            }
        }
        Ok(Self { conditions })
    }

    /// Returns whether all events match.
    pub(crate) fn is_empty(&self) -> bool {
        self.conditions.is_empty()
    }

    #[cfg(feature = "sqlite")]
    pub(crate) fn conditions(&self) -> &[Condition] {
        &self.conditions
    }
}

fn condition(name: String, value: &str, now: Timestamp) -> Result<Condition, SearchError> {
    if example(&name).is_empty() {
        return Err(SearchError::UnknownFilter(name));
    }
    let value = value.trim();
    if value.is_empty() {
        return Err(SearchError::NoValue(name));
    }
    Ok(match name.as_str() {
        "user" => Condition::User(Needle::new(value)),
        "library" => Condition::Library(Needle::new(value)),
        "severity" => severity(value)?,
        "code" => Condition::Code(code(value)?),
        "since" => Condition::Since(
            time_limit::parse(value, now)
                .ok_or_else(|| SearchError::InvalidTime(value.to_owned()))?,
        ),
        _ => Condition::Event(Needle::new(value)),
    })
}

/// Returns an example of a filter's value, or an empty string if there is no such filter.
fn example(name: &str) -> &'static str {
    match name {
        "event" => "\"Message Sent\"",
        "user" => "123",
        "library" => "analytics-node",
        "severity" => "error",
        "code" => "missing_property",
        "since" => "15m",
        _ => "",
    }
}

fn severity(value: &str) -> Result<Condition, SearchError> {
    if value.eq_ignore_ascii_case("ok") {
        return Ok(Condition::NoFindings);
    }
    if value.eq_ignore_ascii_case("problem") {
        return Ok(Condition::Problem);
    }
    [
        Severity::Note,
        Severity::Warning,
        Severity::Error,
        Severity::Rejected,
    ]
    .into_iter()
    .find(|severity| value.eq_ignore_ascii_case(severity.as_str()))
    .map(Condition::Severity)
    .ok_or_else(|| SearchError::UnknownSeverity(value.to_owned()))
}

fn code(value: &str) -> Result<FindingCode, SearchError> {
    let code = serde_json::from_value(Value::from(value.to_ascii_lowercase()));
    code.ok()
        .filter(|code| *code != FindingCode::Other)
        .ok_or_else(|| SearchError::UnknownCode(value.to_owned()))
}
