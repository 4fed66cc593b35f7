//! A tracking plan in memory.

use std::sync::Arc;

use copilot_track_ingest::{JsonObject, JsonValue};
use copilot_track_plan::{Checker, Finding as PlanFinding, FindingKind, Plan};
use serde_json::Value;

use super::accepted::AcceptedFindings;
use crate::verdict::{
    code::FindingCode,
    findings::{Finding, Severity, Verdict},
    source::FindingSource,
};

/// A plan, its checks, and the accepted findings.
#[derive(Debug)]
pub(crate) struct LoadedPlan {
    plan: Arc<(Plan, Checker, AcceptedFindings)>,
    /// Why the current version of a file cannot be read.
    pub(super) error: Option<String>,
}

impl LoadedPlan {
    pub(super) fn new(plan: &Plan, accepted: AcceptedFindings) -> Self {
        Self {
            plan: Arc::new((plan.clone(), Checker::new(plan), accepted)),
            error: None,
        }
    }

    pub(super) fn with_error(&self, error: String) -> Self {
        Self {
            plan: Arc::clone(&self.plan),
            error: Some(error),
        }
    }

    /// Adds the differences between a call and the plan. Removes what other checks say about names
    /// that the plan contains.
    pub(crate) fn check(&self, kind: &str, call: &JsonObject<'_>, verdict: &mut Verdict) {
        if let Some(error) = &self.error {
            verdict.add_from(
                FindingSource::TrackingPlan,
                Severity::Warning,
                FindingCode::UnreadablePlan,
                "",
                format!("the last valid version of the tracking plan is used: {error}"),
            );
        }
        let (_, checker, accepted) = &*self.plan;
        self.remove_guesses(call, verdict);
        let mut call = call.to_map();
        // The path of the request can determine the kind.
        call.insert("type".to_owned(), kind.into());
        for finding in checker.check(&Value::Object(call)) {
            if !accepted.contains(&finding) {
                add(&finding, verdict);
            }
        }
    }

    /// Replaces the findings of another version of the plan in a verdict. `without_plan` is what
    /// the other checks say about the call, without a limit on the number of findings.
    pub(crate) fn recheck(
        &self,
        kind: &str,
        call: &JsonObject<'_>,
        without_plan: &Verdict,
        verdict: &mut Verdict,
    ) {
        let missing: Vec<_> = if verdict.is_full() {
            // Some findings may be missing because findings of the plan were worse.
            verdict.retain(Finding::is_permanent);
            verdict.omitted = 0;
            let findings = without_plan.findings().iter();
            findings.filter(|it| !it.is_permanent()).collect()
        } else {
            verdict.retain(|finding| finding.source() != FindingSource::TrackingPlan);
            let findings = without_plan.findings().iter();
            findings
                .filter(|it| is_guess(it.code()) && !verdict.findings().contains(it))
                .collect()
        };
        for finding in missing {
            verdict.push(finding.clone());
        }
        self.check(kind, call, verdict);
        verdict.finish();
    }

    /// Returns whether the current version of the files can be read.
    pub(crate) fn is_current(&self) -> bool {
        self.error.is_none()
    }

    /// Removes findings that call a name of the plan unplanned or misspelled.
    fn remove_guesses(&self, call: &JsonObject<'_>, verdict: &mut Verdict) {
        let Some(rule) = call
            .get("event")
            .and_then(JsonValue::as_str)
            .and_then(|event| self.plan.0.event(event))
        else {
            return;
        };
        verdict.retain(|finding| {
            let is_planned = || {
                let name = finding.path().strip_prefix("properties.");
                name.is_some_and(|name| rule.field(name).is_some())
            };
            !is_guess(finding.code())
                || (finding.code() != FindingCode::MisspelledEvent && !is_planned())
        });
    }
}

/// Returns whether a finding only assumes that a name is not in the plan.
fn is_guess(code: FindingCode) -> bool {
    matches!(
        code,
        FindingCode::MisspelledEvent
            | FindingCode::UnplannedProperty
            | FindingCode::MisspelledProperty
    )
}

fn add(finding: &PlanFinding, verdict: &mut Verdict) {
    let (severity, code) = match finding.kind {
        FindingKind::UnplannedEvent => (Severity::Warning, FindingCode::UnplannedEvent),
        FindingKind::UnplannedProperty => (Severity::Warning, FindingCode::UnplannedProperty),
        FindingKind::MissingProperty => (Severity::Error, FindingCode::MissingProperty),
        FindingKind::WrongType => (Severity::Error, FindingCode::MistypedProperty),
        FindingKind::WrongValue => (Severity::Error, FindingCode::InvalidValue),
        // The tracking API's rules cover these calls.
        _ => return,
    };
    verdict.add_from(
        FindingSource::TrackingPlan,
        severity,
        code,
        finding.path.as_str(),
        finding.to_string(),
    );
}
