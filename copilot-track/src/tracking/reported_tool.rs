//! Annotated tools whose calls an adapter reports.

use crate::conversation::current;
use crate::conversation::reported_calls::{Description, ToolReport};
use crate::conversation::scope::Scope;
use crate::event::track_event::Event;

/// Returns what happens with the event of an annotated tool that starts now. `target` is the scope
/// that the event belongs to. The current scope decides, because adapters set the current scope.
pub(super) fn tool_report(target: &Scope) -> ToolReport {
    current::with(|current| match current {
        Some(current) if current.has_reported_calls() => current.tool_report(target),
        _ => ToolReport::Own,
    })
}

/// Sends the event of an annotated tool, unless an adapter reports the call.
pub(super) fn send_unless_reported(target: &Scope, event: Event) {
    match tool_report(target) {
        ToolReport::Own => target.track(event),
        ToolReport::Describe(call) => {
            let description = Description {
                event: Some(event),
                ..Description::default()
            };
            if let Some(event) = call.set(description, false) {
                target.track(event);
            }
        }
        ToolReport::Suppressed => {}
    }
}
