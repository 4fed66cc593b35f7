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
pub(super) struct Session {
    conversation: OnceLock<Conversation>,
    /// Whether this handler has received the request that starts a session.
    is_initialized: AtomicBool,
}

impl Session {
    /// Records the request that starts a session.
    pub(super) fn initialize(&self) {
        self.is_initialized.store(true, Ordering::Relaxed);
    }

    /// Returns the conversation, which starts with its first call. Returns `None` if the request
    /// has no session.
    pub(super) fn scope(
        &self,
        tracker: &Tracker,
        context: &RequestContext<RoleServer>,
    ) -> Option<TurnScope> {
        if !self.has_session(context) {
            if !WARNED.swap(true, Ordering::Relaxed) {
                tracing::warn!(
                    "an MCP tool call has neither a turn nor a session, so it is not tracked: let the client send a \
                     turn in `_meta`, or set `TrackedServer::conversation_of` (logged once)"
                );
            }
            return None;
        }
        let conversation = self.conversation.get_or_init(|| {
            let conversation = tracker.conversation(User::new_anonymous());
            conversation.start();
            conversation
        });
        Some(conversation.into())
    }

    /// Returns whether the handler of a request serves a session. Over stateless HTTP, rmcp creates
    /// a handler for each request. Other transports have one session.
    ///
    /// The header alone proves nothing: a client can send it to a stateless server.
    fn has_session(&self, context: &RequestContext<RoleServer>) -> bool {
        match context.extensions.get::<Parts>() {
            Some(request) => {
                request.headers.contains_key(SESSION_ID)
                    && self.is_initialized.load(Ordering::Relaxed)
            }
            None => true,
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        if let Some(conversation) = self.conversation.get() {
            conversation.end();
        }
    }
}
