//! Checks the terms of a query and converts them to conditions.

use serde_json::Value;

use super::{
    figure::{FigureKind, outcome_number},
    needle::Needle,
    number_range::{self, NumberRange},
    parse::{MAX_QUERY_BYTES, MAX_TERMS, Term, parse},
    time_limit,
};
use crate::{
    event::measures::Outcome,
    timestamp::Timestamp,
    verdict::{code::FindingCode, findings::Severity},
};

/// A valid query. An event matches if it meets all conditions.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Search {
    pub(super) conditions: Vec<Condition>,
    /// The number of messages of a conversation must be in all of these ranges.
    messages: Vec<NumberRange>,
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
    /// The event has a figure of this kind in this range.
    Figure(FigureKind, NumberRange),
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
        "unknown filter `{0}:`; the filters are event, user, library, severity, code, rating, outcome, answer, messages, and since. To search for this text, put it in quotes"
    )]
    UnknownFilter(String),
    #[error("`{0}:` needs a value, such as `{0}:{example}`", example = example(.0))]
    NoValue(String),
    #[error("unknown severity `{0}`: expected ok, note, warning, error, rejected, or problem")]
    UnknownSeverity(String),
    #[error("unknown code `{0}`: expected the code of a finding, such as `missing_property`")]
    UnknownCode(String),
    #[error("unknown outcome `{0}`: expected ok, failed, canceled, or unknown")]
    UnknownOutcome(String),
    #[error(
        "invalid value `{value}` for `{filter}:`: expected {examples}",
        examples = range_examples(filter)
    )]
    InvalidRange { filter: String, value: String },
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
        let mut search = Self::default();
        for term in terms {
            match term {
                Term::Text(text) if text.trim().is_empty() => {}
                Term::Text(text) => search.conditions.push(Condition::Text(Needle::new(&text))),
                Term::Filter { name, value } => search.add_filter(name, value.trim(), now)?,
            }
        }
        Ok(search)
    }

    fn add_filter(&mut self, name: String, value: &str, now: Timestamp) -> Result<(), SearchError> {
        if example(&name).is_empty() {
            return Err(SearchError::UnknownFilter(name));
        }
        if value.is_empty() {
            return Err(SearchError::NoValue(name));
        }
        if name == "messages" {
            let range = number_range::counts(value);
            self.messages
                .push(range.ok_or_else(|| invalid_range(&name, value))?);
        } else {
            self.conditions.push(condition(&name, value, now)?);
        }
        Ok(())
    }

    /// Returns whether all conversations match.
    pub(crate) fn is_empty(&self) -> bool {
        self.conditions.is_empty() && self.messages.is_empty()
    }

    /// Returns whether a conversation with this number of messages can match. The number is `None`
    /// for the events outside any conversation.
    pub(crate) fn allows_messages(&self, messages: Option<u64>) -> bool {
        self.messages.iter().all(|range| {
            let messages = messages.and_then(|it| i64::try_from(it).ok());
            messages.is_some_and(|messages| range.contains(&messages))
        })
    }

    /// Returns the ranges that contain the number of messages of a matching conversation.
    #[cfg(feature = "sqlite")]
    pub(crate) fn message_ranges(&self) -> &[NumberRange] {
        &self.messages
    }

    /// Returns whether there are conditions on events.
    pub(crate) fn has_conditions(&self) -> bool {
        !self.conditions.is_empty()
    }

    #[cfg(feature = "sqlite")]
    pub(crate) fn conditions(&self) -> &[Condition] {
        &self.conditions
    }
}

fn condition(name: &str, value: &str, now: Timestamp) -> Result<Condition, SearchError> {
    let figure = |kind, range: Option<NumberRange>| {
        let range = range.ok_or_else(|| invalid_range(name, value))?;
        Ok(Condition::Figure(kind, range))
    };
    match name {
        "user" => Ok(Condition::User(Needle::new(value))),
        "library" => Ok(Condition::Library(Needle::new(value))),
        "severity" => severity(value),
        "code" => code(value).map(Condition::Code),
        "rating" => figure(FigureKind::Rating, number_range::ratings(value)),
        "answer" => figure(FigureKind::AnswerMs, number_range::durations_ms(value)),
        "outcome" => outcome(value),
        "since" => time_limit::parse(value, now)
            .map(Condition::Since)
            .ok_or_else(|| SearchError::InvalidTime(value.to_owned())),
        _ => Ok(Condition::Event(Needle::new(value))),
    }
}

fn invalid_range(filter: &str, value: &str) -> SearchError {
    SearchError::InvalidRange {
        filter: filter.to_owned(),
        value: value.to_owned(),
    }
}

/// Returns an example of a filter's value, or an empty string if there is no such filter.
fn example(name: &str) -> &'static str {
    match name {
        "event" => "\"Message Sent\"",
        "user" => "123",
        "library" => "analytics-node",
        "severity" => "error",
        "code" => "missing_property",
        "rating" => "4",
        "outcome" => "failed",
        "answer" => "2s..",
        "messages" => "3..4",
        "since" => "15m",
        _ => "",
    }
}

/// Returns examples of the values of a filter that compares numbers.
fn range_examples(filter: &str) -> &'static str {
    match filter {
        "rating" => "a number such as 4, or a range such as 1..3, 4.., or ..2",
        "answer" => "a duration such as 2s (ms, s, m, or h), or a range such as 0.5s..2s or 10s..",
        _ => "a number such as 3, or a range such as 3..4, 10.., or ..2",
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

fn outcome(value: &str) -> Result<Condition, SearchError> {
    let outcome = match value.to_ascii_lowercase().as_str() {
        "ok" => Some(Outcome::Ok),
        "failed" => Some(Outcome::Failed),
        "canceled" | "cancelled" => Some(Outcome::Canceled),
        "unknown" => None,
        _ => return Err(SearchError::UnknownOutcome(value.to_owned())),
    };
    let number = outcome_number(outcome);
    Ok(Condition::Figure(FigureKind::Outcome, number..=number))
}

fn code(value: &str) -> Result<FindingCode, SearchError> {
    let code = serde_json::from_value(Value::from(value.to_ascii_lowercase()));
    code.ok()
        .filter(|code| *code != FindingCode::Other)
        .ok_or_else(|| SearchError::UnknownCode(value.to_owned()))
}
