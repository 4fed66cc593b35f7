//! Events that were written under a laxer content policy than holds now.

use bytes::Bytes;
use serde_json::Value;

use crate::privacy::content::Policy;

/// The event with the policy applied to the properties that `said` names, a line each. An event
/// that cannot be read loses all of its properties rather than telling too much.
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
