//! Applies a stricter content policy to events that were stored under a less strict one.

use bytes::Bytes;
use serde_json::Value;

use crate::privacy::content::Policy;

/// Applies the policy to the properties named in `content_properties`, one name per line.
///
/// An event that is not valid JSON is replaced with an empty object, because unmasked data must not
/// be sent.
pub(crate) fn apply_stricter(policy: Policy<'_>, content_properties: &str, json: &Bytes) -> Bytes {
    let Ok(mut event) = serde_json::from_slice::<Value>(json) else {
        return Bytes::from_static(b"{}");
    };
    if let Some(properties) = event.get_mut("properties").and_then(Value::as_object_mut) {
        for name in content_properties.lines() {
            if let Some(value) = properties.get_mut(name) {
                *value = policy.apply(value.take());
            }
        }
    }
    serde_json::to_vec(&event).map_or_else(|_| Bytes::from_static(b"{}"), Bytes::from)
}
