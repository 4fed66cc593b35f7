//! Checks a stored event again, against another version of the tracking plan.

use copilot_track_ingest::Call;

use super::call::add_duplicate_keys;
use crate::{
    event::model::Event,
    verdict::{
        call::{check, check_arrival},
        findings::Verdict,
        plan::loaded::LoadedPlan,
        timestamps::{Arrival, timestamp},
    },
};

/// Returns the verdict on a stored event with the findings of this version of the plan. Findings
/// that have nothing to do with a plan stay as they are. Returns `None` if no finding changes, or
/// if the event is not a call that can be checked.
pub(crate) fn rechecked(event: &Event, plan: &LoadedPlan) -> Option<Verdict> {
    if event.kind == "request" {
        return None;
    }
    let call = Call::new(&event.raw);
    let call = call.parse().ok()?;
    let arrival = Arrival {
        received_at: event.received_at,
        skew_ms: event.delivery.request.skew_ms,
    };
    // An earlier version of the plan may have removed some of these findings.
    let mut without_plan = Verdict::default();
    let timestamp = timestamp(call.members());
    check(
        &event.kind,
        call.members(),
        event.size_bytes,
        timestamp,
        &mut without_plan,
    );
    check_arrival(&event.kind, timestamp, arrival, &mut without_plan);
    add_duplicate_keys(&call, &mut without_plan);
    let mut verdict = event.verdict.clone();
    plan.recheck(&event.kind, call.members(), &without_plan, &mut verdict);
    (!verdict.has_same_findings(&event.verdict)).then_some(verdict)
}
