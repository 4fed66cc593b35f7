//! The handler that tracks tool calls.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use copilot_track::adapter::{DescribeTools, ToolCall, TurnScope, catch_panic};
use copilot_track::{Tracker, TurnContext};
use rmcp::RoleServer;
use rmcp::service::RequestContext;

use super::session::Session;

/// Whether the warning about turns that are not valid was logged.
static WARNED: AtomicBool = AtomicBool::new(false);

type FindConversation = dyn Fn(&RequestContext<RoleServer>) -> Option<TurnScope> + Send + Sync;

/// A server handler that tracks the tool calls of another handler.
///
/// Each tool call sends Action Invoked with `duration_ms`, `outcome`, and, if the tool failed,
/// `error_type`. The tool runs in the turn of its caller, so `#[tracked_tool]` and other attributes
/// on it need no `conversation` argument. `#[tracked_tool]` sends no second event, but sets the
/// `type` and the properties.
///
/// A call that the client cancels, or whose client hangs up, has the outcome `cancelled` when the
/// tool returns, because the client does not get the result. A call whose answer is
/// `InputRequired` is reported when the client has sent the input and the tool returns its result.
/// A call whose answer is a task is reported without `duration_ms` and `outcome`, unless an
/// annotated function in the task describes it.
///
/// The conversation of a call is the first of these:
///
/// 1. The turn in the request's `_meta`, which the client writes
///    (`copilot_track_rmcp::WithTurn`, [`TurnContext`]).
/// 2. The conversation that [`conversation_of`](Self::conversation_of) returns.
/// 3. The conversation of the MCP session, which has an anonymous user. It starts with the first
///    tool call and ends with the session.
///
/// Over stateless HTTP, there are no sessions. Without a turn or a conversation, calls are not
/// tracked. They are counted in [`Ledger::out_of_scope`](copilot_track::Ledger::out_of_scope), and
/// one warning is logged.
///
/// `_meta` is a claim of the client. If clients are not trusted, use signed turn contexts
/// (`TrackerBuilder::turn_context_keys`). A context that is not valid is ignored, and one
/// warning is logged.
pub struct TrackedServer<H> {
    pub(super) handler: H,
    tracker: Tracker,
    describe: DescribeTools,
    find_conversation: Option<Arc<FindConversation>>,
    pub(super) session: Session,
}

impl<H> TrackedServer<H> {
    /// Tracks the tool calls of a handler.
    pub fn new(handler: H, tracker: Tracker) -> Self {
        Self {
            handler,
            tracker,
            describe: DescribeTools::default(),
            find_conversation: None,
            session: Session::default(),
        }
    }

    /// Sets a closure that returns the [`Conversation`](copilot_track::Conversation) or the
    /// [`Turn`](copilot_track::Turn) of a request without a turn in `_meta`, for example by the
    /// user in the extensions of the HTTP request. If the closure panics, it has no effect.
    #[must_use]
    pub fn conversation_of<T: Into<TurnScope>>(
        mut self,
        find: impl Fn(&RequestContext<RoleServer>) -> Option<T> + Send + Sync + 'static,
    ) -> Self {
        self.find_conversation = Some(Arc::new(move |context| find(context).map(Into::into)));
        self
    }

    /// Sets the `type`, the `action`, and properties of each tool's calls. By default, the `type`
    /// is `Tool Call`, and the `action` is the name of the tool in words.
    #[must_use]
    pub fn describe(mut self, describe: impl Fn(&str) -> ToolCall + Send + Sync + 'static) -> Self {
        self.describe = DescribeTools::with(describe);
        self
    }

    /// Returns the call that a request starts.
    pub(super) fn call(&self, tool: &str) -> ToolCall {
        self.describe.call(tool)
    }

    /// Returns the turn or the conversation of a request.
    pub(super) fn scope(&self, context: &RequestContext<RoleServer>) -> Option<TurnScope> {
        self.turn_in_meta(context)
            .or_else(|| {
                let find = self.find_conversation.as_ref()?;
                catch_panic(|| find(context)).flatten()
            })
            .or_else(|| self.session.scope(&self.tracker, context))
    }

    fn turn_in_meta(&self, context: &RequestContext<RoleServer>) -> Option<TurnScope> {
        let turn = TurnContext::extract(&context.meta.0.0).and_then(|context| {
            context
                .map(|context| self.tracker.continue_turn(context))
                .transpose()
        });
        match turn {
            Ok(turn) => turn.map(Into::into),
            Err(error) => {
                // Any client can send such a turn, so later ones are not warnings.
                if WARNED.swap(true, Ordering::Relaxed) {
                    tracing::debug!(%error, "the turn in the `_meta` of a tool call is not valid");
                } else {
                    tracing::warn!(
                        %error,
                        "the turn in the `_meta` of a tool call is not valid (logged once)"
                    );
                }
                None
            }
        }
    }
}

impl<H: fmt::Debug> fmt::Debug for TrackedServer<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TrackedServer")
            .field("handler", &self.handler)
            .finish_non_exhaustive()
    }
}
