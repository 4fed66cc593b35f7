//! Compares events with the conditions of a query.

use super::{
    figure::Figure,
    validate::{Condition, Search},
};
use crate::event::model::Event;

impl Search {
    /// Returns whether an event meets all conditions on events.
    pub(crate) fn matches(&self, event: &Event) -> bool {
        self.conditions.iter().all(|it| it.is_met_by(event))
    }
}

impl Condition {
    fn is_met_by(&self, event: &Event) -> bool {
        match self {
            Self::Text(needle) => text_fields(event)
                .into_iter()
                .flatten()
                .any(|text| needle.is_in(text)),
            Self::Event(needle) => {
                event.name.as_deref().is_some_and(|name| needle.is_in(name))
                    || needle.equals(&event.kind)
            }
            Self::User(needle) => [&event.user_id, &event.anonymous_id]
                .into_iter()
                .flatten()
                .any(|id| needle.is_in(id)),
            Self::Library(needle) => event.delivery.library().is_some_and(|it| needle.is_in(it)),
            Self::NoFindings => event.verdict.findings.is_empty(),
            Self::Problem => !event.verdict.is_good(),
            Self::Severity(severity) => {
                let mut findings = event.verdict.findings.iter();
                findings.any(|finding| finding.severity == *severity)
            }
            Self::Code(code) => event.verdict.has(*code),
            Self::Figure(kind, range) => Figure::of(event)
                .is_some_and(|figure| figure.kind == *kind && range.contains(&figure.value)),
            Self::Since(time) => event.occurred_at >= *time,
        }
    }
}

/// Returns the fields in which free text is searched.
fn text_fields(event: &Event) -> [Option<&str>; 8] {
    [
        event.text(),
        event.name.as_deref(),
        event.conversation_id.as_deref(),
        event.message_id.as_deref(),
        event.envelope_id.as_deref(),
        event.user_id.as_deref(),
        event.anonymous_id.as_deref(),
        event.labels.as_deref(),
    ]
}
