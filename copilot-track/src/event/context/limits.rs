//! Limits on the size of a context.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::util::json::MAX_DEPTH;
use crate::util::json::tree::is_deeper;
use crate::util::truncation::prefix;

/// The maximum size of a string in a context, in bytes. Browsers commonly limit URLs to about 2,000
/// characters.
pub(super) const MAX_STRING_BYTES: usize = 2_048;

/// The maximum size of a context in bytes of JSON. An event has at most 32,000 bytes, so most of
/// that size remains for its properties.
pub(super) const MAX_BYTES: usize = 8_000;

/// Returns the string, cut at a character boundary if it is too long. Returns `None` if the string
/// is blank.
pub(super) fn text(text: &str) -> Option<Value> {
    let text = prefix(text.trim(), MAX_STRING_BYTES);
    (!text.is_empty()).then(|| Value::from(text))
}

/// The maximum depth of a field. The event and its context are the levels above.
const MAX_FIELD_DEPTH: usize = MAX_DEPTH - 2;

/// Removes fields that are nested too deeply, and then fields, the largest first, until the object
/// is small enough. Returns the number of removed fields.
pub(super) fn fit(fields: &mut Map<String, Value>) -> u64 {
    let before = fields.len();
    fields.retain(|_, value| !is_deeper(value, MAX_FIELD_DEPTH));
    let mut removed = (before - fields.len()) as u64;
    let mut sizes: Vec<_> = fields
        .iter()
        .map(|(name, value)| (json_size(name) + 2 + json_size(value), name.clone()))
        .collect();
    let mut total: usize = sizes.iter().map(|(size, _)| size).sum();
    sizes.sort_unstable();
    while total > MAX_BYTES
        && let Some((size, name)) = sizes.pop()
    {
        fields.remove(&name);
        total -= size;
        removed += 1;
    }
    removed
}

/// Returns the size of the JSON of a name or a value, in bytes.
fn json_size(value: &(impl Serialize + ?Sized)) -> usize {
    // Names and values can always be serialized.
    serde_json::to_vec(value).map_or(0, |json| json.len())
}
