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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const VALUE: usize = size_of::<Value>();
    const KEY: usize = size_of::<String>();

    #[test]
    fn the_size_of_values_is_exact() {
        let cases = [
            (json!(null), 0),
            (json!(1.5), 0),
            (json!("größe"), 7),
            (json!(["ab", 1, true]), 3 * VALUE + 2),
            (json!({}), 0),
            (json!({"a": 1}), KEY + 1 + VALUE),
            (
                json!({"ab": null, "c": [{"d": "xyz"}]}),
                2 * (KEY + VALUE) + 3 + VALUE + KEY + 1 + VALUE + 3,
            ),
        ];
        for (value, size) in &cases {
            assert_eq!(heap_size([value]), *size, "{value}");
            if let Value::Object(map) = value {
                assert_eq!(map_heap_size(map), *size, "{value}");
            }
        }
        let sum: usize = cases.iter().map(|(_, size)| size).sum();
        assert_eq!(heap_size(cases.iter().map(|(value, _)| value)), sum);
    }

    #[test]
    fn the_depth_of_a_value_is_exact() {
        assert!(!is_deeper(&json!(1), 0));
        assert!(is_deeper(&json!([]), 0));
        for value in [
            json!([[1], 2]),
            json!({"a": {"b": 1}, "c": 2}),
            json!([1, {}]),
        ] {
            assert!(!is_deeper(&value, 2), "{value}");
            assert!(is_deeper(&value, 1), "{value}");
        }
    }
}
