//! The totals from which all figures are computed.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};

use super::{counts::CountsByName, times::Times};
use crate::{
    event::{
        measures::{Measures, Outcome},
        model::Event,
    },
    verdict::{
        code::FindingCode,
        findings::{Severity, VerdictStatus},
    },
};

/// Conversations with at least this number of messages are counted together.
pub(super) const MAX_MESSAGES: u64 = 1_000;
/// Ratings that are not multiples of this fraction are counted together.
const RATING_STEPS: f64 = 10.0;
/// The largest rating, positive or negative, that is counted separately.
const MAX_RATING: f64 = 10.0;

/// The totals of all stored events. Each event is added when it is stored and removed when it is
/// evicted or deleted.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Totals {
    /// The number of conversations by number of messages.
    pub(super) conversations: BTreeMap<u64, u64>,
    /// The number of messages in all conversations.
    pub(super) messages: u64,
    pub(super) duplicates: u64,
    pub(super) replies: u64,
    pub(super) answers: Times,
    pub(super) tools: CountsByName<ToolCounts>,
    /// Tool calls whose type is unknown.
    pub(super) tools_without_type: ToolCounts,
    pub(super) ratings: RatingCounts,
    pub(super) usage: UsageTotals,
    /// The number of events by status.
    pub(super) statuses: BTreeMap<VerdictStatus, u64>,
    /// The number of events by finding and by the worst severity of this finding.
    pub(super) codes: HashMap<FindingCode, HashMap<Severity, u64>>,
    pub(super) libraries: CountsByName<LibraryCounts>,
    pub(super) without_library: LibraryCounts,
}

/// Tool calls by outcome.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct ToolCounts {
    pub(super) calls: u64,
    pub(super) ok: u64,
    pub(super) failed: u64,
    pub(super) canceled: u64,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct RatingCounts {
    /// The number of ratings by rating, in tenths.
    pub(super) tenths: BTreeMap<i64, u64>,
    /// Ratings that are out of range or have more digits.
    pub(super) others: u64,
    /// Feedback without a rating that is a number.
    pub(super) unknown: u64,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct UsageTotals {
    pub(super) input: Sum,
    pub(super) output: Sum,
    pub(super) cost_nano_usd: Sum,
}

/// A sum of the known values, and their number.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Sum {
    pub(super) known: u64,
    pub(super) total: u64,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct LibraryCounts {
    pub(super) events: u64,
    pub(super) problems: u64,
}

/// Whether an event is added or removed.
#[derive(Clone, Copy)]
enum Change {
    Add,
    Remove,
}

impl Change {
    fn apply(self, count: &mut u64, amount: u64) {
        *count = match self {
            Self::Add => count.saturating_add(amount),
            Self::Remove => count.saturating_sub(amount),
        };
    }
}

impl Totals {
    pub(crate) fn add(&mut self, event: &Event) {
        self.change(event, Change::Add);
    }

    /// Removes an event that was added.
    pub(crate) fn remove(&mut self, event: &Event) {
        self.change(event, Change::Remove);
    }

    /// Records that the number of messages of a conversation has changed. The number is `None` if
    /// the conversation does not exist.
    pub(crate) fn change_conversation(&mut self, before: Option<u64>, after: Option<u64>) {
        if before == after {
            return;
        }
        let key = |messages: u64| messages.min(MAX_MESSAGES);
        if let Some(messages) = before {
            Change::Remove.apply(&mut self.messages, messages);
            if let Some(count) = self.conversations.get_mut(&key(messages)) {
                Change::Remove.apply(count, 1);
                if *count == 0 {
                    self.conversations.remove(&key(messages));
                }
            }
        }
        if let Some(messages) = after {
            Change::Add.apply(&mut self.messages, messages);
            Change::Add.apply(self.conversations.entry(key(messages)).or_default(), 1);
        }
    }

    fn change(&mut self, event: &Event, change: Change) {
        self.change_problems(event, change);
        // Segment keeps only one event with an envelope id.
        if event.is_duplicate() {
            change.apply(&mut self.duplicates, 1);
            return;
        }
        if let Some(ms) = event.answer_ms {
            match change {
                Change::Add => self.answers.add(ms),
                Change::Remove => self.answers.remove(ms),
            }
        }
        let measures = event.measures.as_deref();
        match event.name.as_deref() {
            Some("Message Received") => {
                change.apply(&mut self.replies, 1);
                if let Some(measures) = measures {
                    self.usage.change(measures, change);
                }
            }
            Some("Action Invoked") => {
                let counts = match measures.and_then(|it| it.tool.as_deref()) {
                    Some(tool) => self.tools.get_mut(tool),
                    None => &mut self.tools_without_type,
                };
                counts.change(measures.and_then(|it| it.outcome), change);
            }
            Some("Feedback Submitted") => self.ratings.change(event.rating, change),
            _ => {}
        }
    }

    fn change_problems(&mut self, event: &Event, change: Change) {
        let verdict = &event.verdict;
        change.apply(self.statuses.entry(verdict.status).or_default(), 1);
        for (index, finding) in verdict.findings.iter().enumerate() {
            // The worst finding comes first, and later findings of the same kind do not count.
            let mut earlier = verdict.findings.iter().take(index);
            if earlier.all(|it| it.code != finding.code) {
                let severities = self.codes.entry(finding.code).or_default();
                change.apply(severities.entry(finding.severity).or_default(), 1);
            }
        }
        let library = match &event.delivery.library {
            Some(library) => self.libraries.get_mut(library),
            None => &mut self.without_library,
        };
        change.apply(&mut library.events, 1);
        change.apply(&mut library.problems, u64::from(!verdict.is_good()));
    }
}

impl ToolCounts {
    fn change(&mut self, outcome: Option<Outcome>, change: Change) {
        change.apply(&mut self.calls, 1);
        match outcome {
            Some(Outcome::Ok) => change.apply(&mut self.ok, 1),
            Some(Outcome::Failed) => change.apply(&mut self.failed, 1),
            Some(Outcome::Canceled) => change.apply(&mut self.canceled, 1),
            None => {}
        }
    }
}

impl RatingCounts {
    fn change(&mut self, rating: Option<f64>, change: Change) {
        let count = match rating {
            None => &mut self.unknown,
            Some(rating) => match tenths(rating) {
                Some(tenths) => self.tenths.entry(tenths).or_default(),
                None => &mut self.others,
            },
        };
        change.apply(count, 1);
        self.tenths.retain(|_, count| *count > 0);
    }
}

/// Returns a rating in tenths, if it is in range and a multiple of a tenth.
fn tenths(rating: f64) -> Option<i64> {
    let tenths = rating * RATING_STEPS;
    let is_exact = rating.abs() <= MAX_RATING && (tenths - tenths.round()).abs() < 1e-9;
    #[expect(clippy::cast_possible_truncation, reason = "the range is checked")]
    is_exact.then(|| tenths.round() as i64)
}

impl UsageTotals {
    fn change(&mut self, measures: &Measures, change: Change) {
        self.input.change(measures.input_tokens, change);
        self.output.change(measures.output_tokens, change);
        self.cost_nano_usd.change(measures.cost_nano_usd, change);
    }
}

impl Sum {
    fn change(&mut self, value: Option<u64>, change: Change) {
        if let Some(value) = value {
            change.apply(&mut self.known, 1);
            change.apply(&mut self.total, value);
        }
    }

    /// Returns the sum, or `None` if no value is known.
    pub(super) fn known_total(&self) -> Option<u64> {
        (self.known > 0).then_some(self.total)
    }
}
