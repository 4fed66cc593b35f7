//! Compares a new event with earlier events. The comparison detects duplicates and infers the
//! conversation of Identify calls.

use std::{collections::HashMap, sync::Arc};

use copilot_track_ingest::RawObject;
use serde_json::value::RawValue;

use super::error::StoreError;
use crate::{
    event::model::Event,
    verdict::{code::FindingCode, findings::Severity},
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
#[cfg(feature = "sqlite")]
pub(super) fn user_keys(
    user: Option<&str>,
    anonymous: Option<&str>,
) -> impl Iterator<Item = String> {
    let anonymous = anonymous.map(|id| ["a", id].concat());
    anonymous
        .into_iter()
        .chain(user.map(|id| ["u", id].concat()))
}

/// Adds to an event the findings that depend on earlier events, and the inferred conversation. This
/// function is called before the event is stored.
pub(super) fn link_to_history(event: &mut Event, store: &impl History) -> Result<(), StoreError> {
    if event.kind == "identify" && event.conversation_id.is_none() {
        let (user, anonymous) = (event.user_id.as_deref(), event.anonymous_id.as_deref());
        event.conversation_id = store.conversation_of(user, anonymous)?.map(Into::into);
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
    event.verdict.finish();
    Ok(())
}

/// Returns whether two calls are equal, apart from the members that a client adds at the time of
/// sending.
fn is_same(earlier: &str, call: &str) -> bool {
    earlier == call
        || is_same_object(earlier, call, &["sentAt", "writeKey", "_metadata"]).unwrap_or(false)
}

/// Returns whether two JSON values are equal, apart from whitespace, the order of members, and the
/// way in which strings are escaped. Numbers are compared as text, because parsed numbers can be
/// equal although their digits differ. Stored calls are at most 127 levels deep.
fn is_same_value(one: &str, other: &str) -> bool {
    one == other
        || match (one.as_bytes().first(), other.as_bytes().first()) {
            (Some(b'{'), Some(b'{')) => is_same_object(one, other, &[]).unwrap_or(false),
            (Some(b'['), Some(b'[')) => is_same_array(one, other).unwrap_or(false),
            (Some(b'"'), Some(b'"')) => {
                let text = |json| serde_json::from_str::<String>(json).ok();
                text(one).is_some_and(|one| Some(one) == text(other))
            }
            _ => false,
        }
}

/// Compares two objects without the members named in `ignored`. If a key occurs more than once, its
/// last value counts.
fn is_same_object(one: &str, other: &str, ignored: &[&str]) -> Option<bool> {
    let (one, other): (RawObject<'_>, RawObject<'_>) = (
        serde_json::from_str(one).ok()?,
        serde_json::from_str(other).ok()?,
    );
    let (one, other) = (last_values(&one, ignored), last_values(&other, ignored));
    let is_same_member = |(key, value): (&&str, &&RawValue)| {
        let other = other.get(key);
        other.is_some_and(|other| is_same_value(value.get(), other.get()))
    };
    Some(one.len() == other.len() && one.iter().all(is_same_member))
}

/// Returns the last value of each key that is not ignored.
fn last_values<'a>(object: &'a RawObject<'a>, ignored: &[&str]) -> HashMap<&'a str, &'a RawValue> {
    let members = object.iter();
    members.filter(|(key, _)| !ignored.contains(key)).collect()
}

fn is_same_array(one: &str, other: &str) -> Option<bool> {
    let one: Vec<&RawValue> = serde_json::from_str(one).ok()?;
    let other: Vec<&RawValue> = serde_json::from_str(other).ok()?;
    let mut pairs = one.iter().zip(&other);
    Some(
        one.len() == other.len() && pairs.all(|(one, other)| is_same_value(one.get(), other.get())),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_calls_can_be_written_differently() {
        let call = r#"{"messageId":"m","a":[1,{"b":"é"}],"c":null,"sentAt":"x"}"#;
        for same in [
            call,
            r#"{ "c" : null, "a" : [ 1, {"b":"\u00e9"} ], "messageId":"m" }"#,
            r#"{"messageId":"m","a":[1,{"b":"é"}],"c":null,"writeKey":"k"}"#,
            r#"{"messageId":"other","messageId":"m","a":[1,{"b":"é"}],"c":null}"#,
        ] {
            assert!(is_same(call, same), "{same}");
        }
        for other in [
            r#"{"messageId":"m","a":[1,{"b":"é"}]}"#,
            r#"{"messageId":"m","a":[1,{"b":"é"}],"c":null,"d":1}"#,
            r#"{"messageId":"m","a":[1,{"b":"e"}],"c":null}"#,
            r#"{"messageId":"m","a":[1],"c":null}"#,
            r#"{"messageId":"m","a":{},"c":null}"#,
            "\"text\"",
        ] {
            assert!(!is_same(call, other) && !is_same(other, call), "{other}");
        }
    }

    #[test]
    fn numbers_differ_if_their_digits_differ() {
        let call = |id: &str| format!(r#"{{"properties":{{"id":{id}}}}}"#);
        let one = call("340282366920938463463374607431768211455");
        let other = call("340282366920938463463374607431768211454");
        assert!(is_same(&one, &one.replace(':', " : ")));
        assert!(!is_same(&one, &other));
    }
}
