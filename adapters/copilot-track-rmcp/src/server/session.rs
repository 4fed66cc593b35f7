//! The conversation of an MCP session.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use copilot_track::adapter::TurnScope;
use copilot_track::{Conversation, Tracker, User};
use http::request::Parts;
use rmcp::RoleServer;
use rmcp::service::RequestContext;

/// The header with the id of a session.
const SESSION_ID: &str = "mcp-session-id";

/// Whether the warning about calls without sessions was logged.
static WARNED: AtomicBool = AtomicBool::new(false);

/// The conversation of a session. rmcp creates a handler for each session.
#[derive(Debug, Default)]
pub(super) struct Session(OnceLock<Conversation>);

impl Session {
    /// Returns the conversation, which starts with its first call. Returns `None` if the request
    /// has no session.
    pub(super) fn scope(
        &self,
        tracker: &Tracker,
        context: &RequestContext<RoleServer>,
    ) -> Option<TurnScope> {
        if !has_session(context) {
            if !WARNED.swap(true, Ordering::Relaxed) {
                tracing::warn!(
                    "an MCP tool call has neither a turn nor a session, so it is not tracked: let the client send a \
                     turn in `_meta`, or set `TrackedServer::conversation_of` (logged once)"
                );
            }
            return None;
        }
        let conversation = self.0.get_or_init(|| {
            let conversation = tracker.conversation(User::new_anonymous());
            conversation.start();
            conversation
        });
        Some(conversation.into())
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        if let Some(conversation) = self.0.get() {
            conversation.end();
        }
    }
}

/// Returns whether the handler of a request serves a session. Over stateless HTTP, rmcp creates a
/// handler for each request. Other transports have one session.
fn has_session(context: &RequestContext<RoleServer>) -> bool {
    match context.extensions.get::<Parts>() {
        Some(request) => request.headers.contains_key(SESSION_ID),
        None => true,
    }
}
