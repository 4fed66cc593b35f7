//! The parts of a call that are set for a whole tracker.

use std::sync::Arc;

use serde_json::Value;

use crate::event::context::event_context::Context;
use crate::event::integrations::Integrations;
use crate::privacy::client_ip::ClientIp;

/// The parts of a call that are set for a whole tracker.
#[derive(Debug, Clone, Default)]
pub(crate) struct Defaults {
    /// The context. Conversations have already merged it into their own.
    pub(crate) context: Option<Arc<Context>>,
    pub(crate) integrations: Option<Integrations>,
    pub(crate) client_ip: ClientIp,
}

impl Defaults {
    /// Returns the integrations of a call, if there are any.
    pub(crate) fn integrations(&self, own: Option<&Integrations>) -> Option<Value> {
        match (&self.integrations, own) {
            (Some(defaults), own) => Some(defaults.merged_with(own)),
            (None, Some(own)) => Some(own.merged_with(None)),
            (None, None) => None,
        }
    }
}
