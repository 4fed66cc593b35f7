//! What is reported about one call.

use std::time::Instant;

use copilot_track::adapter::TurnScope;

use crate::response::Response;

/// The name of the property for the time to the first token.
const FIRST_TOKEN_MS: &str = "first_token_ms";

/// A call to a model, and the reply to which it is reported.
#[derive(Debug)]
pub(crate) struct CallReport {
    scope: TurnScope,
    started: Instant,
    has_token: bool,
}

impl CallReport {
    /// Returns the report of a call that starts now. Returns `None` outside any reply.
    pub(crate) fn start() -> Option<Self> {
        let scope = TurnScope::current()?;
        scope.reply().id()?;
        Some(Self {
            scope,
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
            self.scope.reply().add_usage(usage.provider("openai"));
        }
    }
}
