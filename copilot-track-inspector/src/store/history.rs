//! Compares a new event with earlier events. The comparison detects duplicates and infers the
//! conversation of Identify calls.

use std::sync::Arc;

use serde_json::Value;

use super::error::StoreError;
use crate::{
    event::model::Event,
    verdict::findings::{FindingCode, Severity},
};

/// Access to earlier events.
pub(super) trait History {
    /// Returns the last event with this envelope id.
    fn by_envelope(&self, id: &str) -> Result<Option<Arc<Event>>, StoreError>;
    /// Returns the last conversation of a user.
    fn conversation_of(
        &self,
        user: Option<&str>,
        anonymous: Option<&str>,
    ) -> Result<Option<String>, StoreError>;
}

/// Returns the keys under which a user's last conversation is stored. The anonymous id comes first,
/// because a device usually has one conversation at a time, but a user may have several.
pub(super) fn user_keys(
    user: Option<&str>,
    anonymous: Option<&str>,
) -> impl Iterator<Item = String> {
    let anonymous = anonymous.map(|id| format!("a{id}"));
    anonymous.into_iter().chain(user.map(|id| format!("u{id}")))
}

/// Adds to an event the findings that depend on earlier events, and the inferred conversation. This
/// function is called before the event is stored.
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
        let reason = if event.delivery.retry_count() > 0 {
            "the request was retried, and Segment keeps only one of the two events"
        } else {
            "Segment keeps only one of the two events"
        };
        (
            Severity::Note,
            FindingCode::DuplicateEnvelopeId,
            format!("this call already arrived as event {before}; {reason}"),
        )
    } else {
        (
            Severity::Error,
            FindingCode::ConflictingEnvelopeId,
            format!(
                "event {before} is a different call with the same top-level `messageId`; Segment treats this one as a duplicate and deletes it"
            ),
        )
    };
    event.verdict.add(severity, code, "messageId", message);
    Ok(())
}

/// Returns whether two calls are equal, apart from the members that a client adds when it sends
/// them.
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
