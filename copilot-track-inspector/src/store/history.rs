//! What an event needs to know of those before it: whether its envelope was there already, and
//! which conversation a call without one belongs to.

use std::sync::Arc;

use serde_json::Value;

use super::error::StoreError;
use crate::{
    event::model::Event,
    verdict::findings::{FindingCode, Severity},
};

/// What is kept, to one who is about to keep more.
pub(super) trait History {
    /// The event that last came with this envelope id.
    fn by_envelope(&self, id: &str) -> Result<Option<Arc<Event>>, StoreError>;
    /// The conversation in which a user was last.
    fn conversation_of(
        &self,
        user: Option<&str>,
        anonymous: Option<&str>,
    ) -> Result<Option<String>, StoreError>;
}

/// The names that a user goes by. The anonymous one first: a device is in one conversation, where a
/// user may be in several.
pub(super) fn user_keys(
    user: Option<&str>,
    anonymous: Option<&str>,
) -> impl Iterator<Item = String> {
    let anonymous = anonymous.map(|id| format!("a{id}"));
    anonymous.into_iter().chain(user.map(|id| format!("u{id}")))
}

/// Completes an event that is about to be kept.
pub(super) fn link_to_history(event: &mut Event, store: &impl History) -> Result<(), StoreError> {
    if event.kind == "identify" && event.conversation_id.is_none() {
        let (user, anonymous) = (event.user_id.as_deref(), event.anonymous_id.as_deref());
        event.conversation_id = store.conversation_of(user, anonymous)?;
        event.conversation_inferred = event.conversation_id.is_some();
    }
    let Some(id) = &event.envelope_id else {
        return Ok(());
    };
    let Some(earlier) = store.by_envelope(id)? else {
        return Ok(());
    };
    let before = earlier.seq;
    let (severity, code, message) = if is_same(&earlier.raw, &event.raw) {
        let why = if event.delivery.retry_count() > 0 {
            "it was retried, and Segment keeps one"
        } else {
            "Segment keeps one"
        };
        (
            Severity::Note,
            FindingCode::DuplicateEnvelopeId,
            format!("the same call came before, as number {before}: {why}"),
        )
    } else {
        (
            Severity::Error,
            FindingCode::ConflictingEnvelopeId,
            format!(
                "another call with this top-level `messageId` came before, as number {before}: Segment takes this one for a duplicate and deletes it"
            ),
        )
    };
    event.verdict.add(severity, code, "messageId", message);
    Ok(())
}

/// Whether two calls are the same but for when they were sent.
fn is_same(earlier: &str, call: &str) -> bool {
    let content = |json| {
        let mut call: Value = serde_json::from_str(json).ok()?;
        for name in ["sentAt", "writeKey", "_metadata"] {
            call.as_object_mut()?.remove(name);
        }
        Some(call)
    };
    earlier == call || content(earlier).is_some_and(|earlier| Some(earlier) == content(call))
}
