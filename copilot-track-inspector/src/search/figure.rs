//! The figures of events that filters such as `rating:` compare.

use crate::event::{measures::Outcome, model::Event};

const MILLIONTHS: f64 = 1_000_000.0;

/// The kind of a figure.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum FigureKind {
    /// The time from a question to its reply, in milliseconds.
    AnswerMs,
    /// A rating, in millionths.
    Rating,
    /// The outcome of a tool call, as the number that [`outcome_number`] returns.
    Outcome,
}

/// The figure of an event that filters compare. The event's name determines the kind, so an event
/// has at most one figure.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Figure {
    pub(crate) kind: FigureKind,
    pub(crate) value: i64,
}

impl Figure {
    /// Returns the figure of an event. A duplicate has none, because it is not counted.
    pub(crate) fn of(event: &Event) -> Option<Self> {
        if event.is_duplicate() {
            return None;
        }
        let (kind, value) = match event.name.as_deref()? {
            "Message Sent" | "Message Received" => {
                let ms = i64::try_from(event.answer_ms?).unwrap_or(i64::MAX);
                (FigureKind::AnswerMs, ms)
            }
            "Feedback Submitted" => (FigureKind::Rating, millionths(event.rating?)),
            "Action Invoked" => {
                let outcome = event.measures.as_ref().and_then(|it| it.outcome);
                (FigureKind::Outcome, outcome_number(outcome))
            }
            _ => return None,
        };
        Some(Self { kind, value })
    }
}

/// Returns a rating in millionths. A rating that is too large becomes the largest integer.
#[expect(
    clippy::cast_possible_truncation,
    reason = "a cast to an integer saturates"
)]
pub(super) fn millionths(rating: f64) -> i64 {
    (rating * MILLIONTHS).round() as i64
}

/// Returns the number of an outcome. `None` is the outcome of a tool call that reports none.
pub(super) fn outcome_number(outcome: Option<Outcome>) -> i64 {
    match outcome {
        None => 0,
        Some(Outcome::Ok) => 1,
        Some(Outcome::Failed) => 2,
        Some(Outcome::Canceled) => 3,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        ingest::import::read_lines,
        verdict::{code::FindingCode, findings::Severity},
    };

    #[test]
    fn a_duplicate_has_no_figure() {
        for properties in [
            r#""event":"Feedback Submitted","properties":{"rating":4}"#,
            r#""event":"Action Invoked","properties":{"outcome":"ok"}"#,
            r#""event":"Message Received","properties":{}"#,
        ] {
            let line = format!(r#"{{"type":"track","userId":"u",{properties}}}"#);
            let mut event = read_lines(std::iter::once(&*line)).remove(0).unwrap();
            event.answer_ms = Some(5);
            assert!(Figure::of(&event).is_some(), "{line}");
            for code in [
                FindingCode::DuplicateEnvelopeId,
                FindingCode::ConflictingEnvelopeId,
            ] {
                let mut duplicate = event.clone();
                duplicate.verdict.add(Severity::Note, code, "", "");
                assert_eq!(Figure::of(&duplicate), None, "{line}");
                // An event has a limited number of findings.
                let mut long = event.clone();
                for severity in [Severity::Note, Severity::Error] {
                    for _ in 0..100 {
                        let code = FindingCode::MistypedProperty;
                        long.verdict.add(severity, code, "", "");
                    }
                }
                long.verdict.finish();
                long.verdict.add(Severity::Note, code, "", "");
                long.verdict.finish();
                assert_eq!(Figure::of(&long), None, "{line}");
            }
        }
    }
}
