//! What is reported about one call.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use copilot_track::adapter::TurnScope;

use crate::response::Response;

/// The name of the property for the time to the first token.
const FIRST_TOKEN_MS: &str = "first_token_ms";

/// The number of calls that this process has reported.
static CALLS: AtomicU64 = AtomicU64::new(0);

/// A call to a model, and the reply to which it is reported.
#[derive(Debug)]
pub(crate) struct CallReport {
    scope: TurnScope,
    /// Some servers use the same id for all responses, so the response's id is not used.
    call_id: String,
    started: Instant,
    has_token: bool,
}

impl CallReport {
    /// Returns the report of a call that starts now. Returns `None` outside any reply.
    pub(crate) fn start() -> Option<Self> {
        let scope = TurnScope::current()?;
        scope.reply().id()?;
        let number = CALLS.fetch_add(1, Ordering::Relaxed);
        Some(Self {
            scope,
            call_id: format!("copilot-track-openai-{number}"),
            started: Instant::now(),
            has_token: false,
        })
    }

    /// Reports a whole response.
    pub(crate) fn whole(&self, json: &[u8]) {
        if let Ok(response) = serde_json::from_slice::<Response>(json) {
            self.add_usage(&response);
        }
    }

    /// Reports a chunk of a streamed response.
    pub(crate) fn chunk(&mut self, json: &[u8]) {
        let Ok(chunk) = serde_json::from_slice::<Response>(json) else {
            return;
        };
        if !self.has_token && chunk.has_token() {
            self.has_token = true;
            // Microseconds are exact enough, and longer times do not occur.
            #[allow(clippy::cast_precision_loss, reason = "exact for 285 years")]
            let milliseconds = self.started.elapsed().as_micros() as f64 / 1_000.0;
            self.scope
                .reply()
                .set_property(FIRST_TOKEN_MS, milliseconds);
        }
        self.add_usage(&chunk);
    }

    fn add_usage(&self, response: &Response) {
        if let Some(usage) = response.usage() {
            let usage = usage.provider("openai").call_id(self.call_id.clone());
            self.scope.reply().add_usage(usage);
        }
    }
}
