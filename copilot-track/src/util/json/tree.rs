//! Handles values of any depth, without recursion.

use serde_json::{Map, Value};

/// Returns whether a value has more than `limit` levels of containers.
pub(crate) fn is_deeper(value: &Value, limit: usize) -> bool {
    let mut pending = vec![(value, 1)];
    while let Some((value, level)) = pending.pop() {
        let is_container = matches!(value, Value::Array(_) | Value::Object(_));
        if is_container && level > limit {
            return true;
        }
        match value {
            Value::Array(items) => pending.extend(items.iter().map(|item| (item, level + 1))),
            Value::Object(map) => pending.extend(map.values().map(|value| (value, level + 1))),
            _ => {}
        }
    }
    false
}

/// Returns the approximate size of values on the heap, in bytes.
pub(crate) fn heap_size<'a>(values: impl IntoIterator<Item = &'a Value>) -> usize {
    let mut size = 0;
    let mut pending: Vec<&Value> = Vec::new();
    let mut values = values.into_iter();
    while let Some(value) = pending.pop().or_else(|| values.next()) {
        match value {
            Value::String(text) => size += text.len(),
            Value::Array(items) => {
                size += items.len() * size_of::<Value>();
                pending.extend(items);
            }
            Value::Object(map) => {
                size += keys_size(map);
                pending.extend(map.values());
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
    size
}

/// Returns the approximate size of an object on the heap, in bytes.
pub(crate) fn map_heap_size(map: &Map<String, Value>) -> usize {
    keys_size(map) + heap_size(map.values())
}

/// Returns the approximate size of the entries of an object, excluding the heap memory of its
/// values.
fn keys_size(map: &Map<String, Value>) -> usize {
    let entry = |key: &String| size_of::<String>() + key.len() + size_of::<Value>();
    map.keys().map(entry).sum()
}

/// Drops values. The destructor of a `Value` calls itself for nested values, so it would overflow
/// the stack if a value were nested too deeply.
pub(crate) fn drop_values(values: impl IntoIterator<Item = Value>) {
    let mut pending: Vec<Value> = values.into_iter().collect();
    while let Some(value) = pending.pop() {
        match value {
            Value::Array(items) => pending.extend(items),
            Value::Object(map) => pending.extend(map.into_iter().map(|(_, value)| value)),
            _ => {}
        }
    }
}
