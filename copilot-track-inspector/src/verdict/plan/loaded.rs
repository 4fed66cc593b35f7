//! A tracking plan in memory.

use std::sync::Arc;

use copilot_track_plan::{Checker, Finding, FindingKind, Plan};
use serde_json::{Map, Value};

use super::accepted::AcceptedFindings;
use crate::verdict::{
    code::FindingCode,
    findings::{Severity, Verdict},
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
    pub(crate) fn check(&self, kind: &str, call: &Map<String, Value>, verdict: &mut Verdict) {
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
        let mut call = call.clone();
        // The path of the request can determine the kind.
        call.insert("type".to_owned(), kind.into());
        for finding in checker.check(&Value::Object(call)) {
            if !accepted.contains(&finding) {
                add(&finding, verdict);
            }
        }
    }

    /// Removes findings that call a name of the plan unplanned or misspelled.
    fn remove_guesses(&self, call: &Map<String, Value>, verdict: &mut Verdict) {
        let Some(rule) = call
            .get("event")
            .and_then(Value::as_str)
            .and_then(|event| self.plan.0.event(event))
        else {
            return;
        };
        verdict.retain(|finding| match finding.code() {
            FindingCode::MisspelledEvent => false,
            FindingCode::UnplannedProperty | FindingCode::MisspelledProperty => {
                let name = finding.path().strip_prefix("properties.");
                name.is_none_or(|name| rule.field(name).is_none())
            }
            _ => true,
        });
    }
}

fn add(finding: &Finding, verdict: &mut Verdict) {
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
