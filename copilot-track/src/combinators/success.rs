//! Events that are sent when a call succeeds.

use super::call_kind::{CallKind, EventSetting, EventSettings};
use crate::args::Outcome;
use crate::tracking::call_site::{CallSite, TargetConversation};
use crate::tracking::pending_event::PendingEvent;
use crate::tracking::tracked_call::{Completion, TrackedCall};

/// An event that is sent when the call succeeds: Media Generated or Component Loaded.
#[derive(Debug)]
pub struct Success(PendingEvent);

impl Success {
    pub(super) fn new(event: PendingEvent) -> Self {
        Self(event)
    }
}

impl EventSettings for Success {
    fn set(&mut self, setting: EventSetting) {
        self.0.set(setting);
    }
}

impl<T: Outcome> CallKind<T> for Success {
    fn start(&mut self, site: &'static CallSite, target: TargetConversation) -> TrackedCall {
        let event = self.0.take();
        site.hold(target, || event)
    }

    fn complete(self, output: &T, completion: Completion) {
        completion.finish(output.failure());
    }
}
