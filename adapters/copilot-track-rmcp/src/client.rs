//! The client's side: the current turn travels in the `_meta` of a request.

use copilot_track::{Turn, TurnContext};
use rmcp::model::{CallToolRequestParams, RequestParamsMeta as _};

/// Adds a turn to the parameters of a tool call.
pub trait WithTurn: Sized {
    /// Writes the current turn and reply to `_meta`, so that the server's events belong to them.
    /// Without a current turn, nothing is written.
    ///
    /// ```
    /// use copilot_track_rmcp::WithTurn as _;
    /// use rmcp::model::CallToolRequestParams;
    ///
    /// let params = CallToolRequestParams::new("stock_level").with_current_turn();
    /// ```
    ///
    /// The context contains the user's id. Only call servers that you trust.
    #[must_use]
    fn with_current_turn(self) -> Self {
        match Turn::current() {
            Some(turn) => self.with_turn_context(&turn.context()),
            None => self,
        }
    }

    /// Writes a turn to `_meta`.
    #[must_use]
    fn with_turn_context(self, context: &TurnContext) -> Self;
}

impl WithTurn for CallToolRequestParams {
    fn with_turn_context(mut self, context: &TurnContext) -> Self {
        let meta = self.meta_mut().get_or_insert_default();
        context.inject(&mut meta.0.0);
        self
    }
}
