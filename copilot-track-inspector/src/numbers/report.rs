//! The figures in the response to `GET /api/numbers`.

use serde::Serialize;

use super::totals::{LibraryCounts, MAX_MESSAGES, RatingCounts, ToolCounts, Totals, UsageTotals};
use crate::verdict::{
    code::FindingCode,
    findings::{Severity, VerdictStatus},
};

/// The lower bounds of the groups of answer times, in milliseconds.
const ANSWER_BOUNDS_MS: [u64; 11] = [
    0, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000,
];
/// The lower bounds of the groups of conversations, in messages.
const MESSAGE_BOUNDS: [u64; 9] = [0, 1, 2, 3, 5, 9, 17, 33, 65];
const NANO: f64 = 1_000_000_000.0;

/// Figures about all stored events. A figure is left out if it is unknown.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Numbers {
    last_seq: u64,
    events: u64,
    duplicates: u64,
    conversations: Conversations,
    answers: Answers,
    tools: Tools,
    ratings: Ratings,
    usage: Usage,
    problems: Problems,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Conversations {
    count: u64,
    messages: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    mean_messages: Option<f64>,
    /// The number of conversations by number of messages.
    groups: Vec<Group>,
}

/// The number of values of at least `from` and less than `to`. Without `to`, there is no upper
/// bound.
#[derive(Debug, Serialize)]
struct Group {
    from: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<u64>,
    count: u64,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Answers {
    count: u64,
    /// The number of replies without a question.
    unknown: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    mean_ms: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    median_ms: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    p95_ms: Option<u64>,
    groups: Vec<Group>,
}

#[derive(Debug, Serialize)]
struct Tools {
    #[serde(flatten)]
    all: Tool,
    types: Vec<Tool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    others: Option<Tool>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Tool {
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    kind: Option<String>,
    calls: u64,
    ok: u64,
    failed: u64,
    canceled: u64,
    unknown: u64,
    /// The share of failures among the calls that succeeded or failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    failure_rate: Option<f64>,
}

#[derive(Debug, Serialize)]
struct Ratings {
    count: u64,
    unknown: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    mean: Option<f64>,
    values: Vec<RatingValue>,
    others: u64,
}

#[derive(Debug, Serialize)]
struct RatingValue {
    rating: f64,
    count: u64,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Usage {
    replies: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    input_tokens: Option<u64>,
    replies_with_input_tokens: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    output_tokens: Option<u64>,
    replies_with_output_tokens: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    cost_usd: Option<f64>,
    replies_with_cost: u64,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Problems {
    ok: u64,
    note: u64,
    warning: u64,
    error: u64,
    rejected: u64,
    codes: Vec<Code>,
    libraries: Vec<Library>,
    #[serde(skip_serializing_if = "Option::is_none")]
    other_libraries: Option<Library>,
}

#[derive(Debug, Serialize)]
struct Code {
    #[serde(rename = "code")]
    kind: FindingCode,
    /// The worst severity.
    severity: Severity,
    events: u64,
}

#[derive(Debug, Serialize)]
struct Library {
    #[serde(rename = "library", skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    events: u64,
    problems: u64,
}

impl Numbers {
    pub(crate) fn new(totals: &Totals, last_seq: u64) -> Self {
        Self {
            last_seq,
            events: totals.statuses.values().sum(),
            duplicates: totals.duplicates,
            conversations: conversations(totals),
            answers: answers(totals),
            tools: tools(totals),
            ratings: ratings(&totals.ratings),
            usage: usage(&totals.usage, totals.replies),
            problems: problems(totals),
        }
    }
}

fn conversations(totals: &Totals) -> Conversations {
    let by_messages = &totals.conversations;
    let count = by_messages.values().sum();
    let number_between = |from, to: Option<u64>| {
        let to = to.unwrap_or(MAX_MESSAGES + 1);
        by_messages.range(from..to).map(|(_, count)| count).sum()
    };
    Conversations {
        count,
        messages: totals.messages,
        mean_messages: ratio(totals.messages, count),
        groups: groups(&MESSAGE_BOUNDS, number_between),
    }
}

fn answers(totals: &Totals) -> Answers {
    let times = &totals.answers;
    Answers {
        count: times.count(),
        unknown: totals.replies.saturating_sub(times.count()),
        mean_ms: times.mean_ms(),
        median_ms: times.percentile_ms(50),
        p95_ms: times.percentile_ms(95),
        groups: groups(&ANSWER_BOUNDS_MS, |from, to| times.between(from, to)),
    }
}

/// Returns the groups with these lower bounds.
fn groups(bounds: &[u64], count: impl Fn(u64, Option<u64>) -> u64) -> Vec<Group> {
    let upper = bounds.iter().skip(1).copied().map(Some).chain([None]);
    let groups = bounds.iter().copied().zip(upper);
    groups
        .map(|(from, to)| Group {
            from,
            to,
            count: count(from, to),
        })
        .collect()
}

fn tools(totals: &Totals) -> Tools {
    let mut all = ToolCounts::default();
    let mut types = Vec::new();
    let named = totals
        .tools
        .iter()
        .map(|(kind, counts)| (Some(kind), counts));
    for (kind, counts) in named.chain([(None, &totals.tools_without_type)]) {
        all.merge(counts);
        if counts.calls > 0 {
            types.push(Tool::new(kind, counts));
        }
    }
    let others = totals.tools.others();
    all.merge(others);
    // The order is stable, so types with the same number of calls are in alphabetical order.
    types.sort_by_key(|tool| std::cmp::Reverse(tool.calls));
    Tools {
        all: Tool::new(None, &all),
        types,
        others: (others.calls > 0).then(|| Tool::new(None, others)),
    }
}

impl ToolCounts {
    fn merge(&mut self, other: &Self) {
        self.calls += other.calls;
        self.ok += other.ok;
        self.failed += other.failed;
        self.canceled += other.canceled;
    }
}

impl Tool {
    fn new(kind: Option<&str>, counts: &ToolCounts) -> Self {
        let known = counts.ok + counts.failed + counts.canceled;
        Self {
            kind: kind.map(str::to_owned),
            calls: counts.calls,
            ok: counts.ok,
            failed: counts.failed,
            canceled: counts.canceled,
            unknown: counts.calls.saturating_sub(known),
            failure_rate: ratio(counts.failed, counts.ok + counts.failed),
        }
    }
}

fn ratings(counts: &RatingCounts) -> Ratings {
    let in_values: u64 = counts.tenths.values().sum();
    #[expect(clippy::cast_precision_loss, reason = "a mean is approximate")]
    let mean = (in_values > 0).then(|| {
        let sum: f64 = counts
            .tenths
            .iter()
            .map(|(tenths, count)| *tenths as f64 * *count as f64)
            .sum();
        sum / 10.0 / in_values as f64
    });
    let values = counts.tenths.iter().rev();
    Ratings {
        count: in_values + counts.others,
        unknown: counts.unknown,
        mean,
        values: values
            .map(|(tenths, count)| RatingValue {
                rating: in_tens(*tenths),
                count: *count,
            })
            .collect(),
        others: counts.others,
    }
}

#[expect(clippy::cast_precision_loss, reason = "ratings are small")]
fn in_tens(tenths: i64) -> f64 {
    tenths as f64 / 10.0
}

fn usage(totals: &UsageTotals, replies: u64) -> Usage {
    #[expect(
        clippy::cast_precision_loss,
        reason = "a cost is shown with few digits"
    )]
    let cost_usd = totals
        .cost_nano_usd
        .known_total()
        .map(|nano| nano as f64 / NANO);
    Usage {
        replies,
        input_tokens: totals.input.known_total(),
        replies_with_input_tokens: totals.input.known,
        output_tokens: totals.output.known_total(),
        replies_with_output_tokens: totals.output.known,
        cost_usd,
        replies_with_cost: totals.cost_nano_usd.known,
    }
}

fn problems(totals: &Totals) -> Problems {
    let status = |status| totals.statuses.get(&status).copied().unwrap_or_default();
    let mut codes: Vec<_> = totals
        .codes
        .iter()
        .filter_map(|(code, severities)| {
            let counted = severities.iter().filter(|(_, events)| **events > 0);
            let severity = *counted.map(|(severity, _)| severity).max()?;
            Some(Code {
                kind: *code,
                severity,
                events: severities.values().sum(),
            })
        })
        .filter(|code| code.severity > Severity::Note)
        .collect();
    codes.sort_by_cached_key(|it| (std::cmp::Reverse(it.events), format!("{:?}", it.kind)));
    let library = |name: Option<&str>, counts: &LibraryCounts| {
        (counts.events > 0).then(|| Library {
            name: name.map(str::to_owned),
            events: counts.events,
            problems: counts.problems,
        })
    };
    let named = totals.libraries.iter();
    let mut libraries: Vec<_> = named
        .filter_map(|(name, counts)| library(Some(name), counts))
        .chain(library(None, &totals.without_library))
        .collect();
    libraries.sort_by_key(|it| std::cmp::Reverse((it.problems, it.events)));
    Problems {
        ok: status(VerdictStatus::Ok),
        note: status(VerdictStatus::Note),
        warning: status(VerdictStatus::Warning),
        error: status(VerdictStatus::Error),
        rejected: status(VerdictStatus::Rejected),
        codes,
        libraries,
        other_libraries: library(None, totals.libraries.others()),
    }
}

/// Returns a ratio, or `None` if it is unknown because the whole is zero.
#[expect(clippy::cast_precision_loss, reason = "a ratio is approximate")]
fn ratio(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}
