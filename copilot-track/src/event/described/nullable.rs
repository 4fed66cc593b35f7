//! Schemas of values that can be `null`.

use serde_json::{Value, json};

/// Returns the schema of a value that can also be `null`.
pub(super) fn nullable(mut schema: Value) -> Value {
    if let Some(ty) = schema.get_mut("type")
        && let Some(name) = ty.as_str()
        && name != "null"
    {
        *ty = json!([name, "null"]);
    }
    if let Some(Value::Array(values)) = schema.get_mut("enum")
        && !values.contains(&Value::Null)
    {
        values.push(Value::Null);
    }
    schema
}

/// Removes `null` from the values of a property, because a property that is `null` is not sent.
/// Returns whether `null` was one of them.
pub(super) fn remove_null(schema: &mut Value) -> bool {
    let Value::Object(members) = schema else {
        return false;
    };
    let mut had_null = false;
    if let Some(Value::Array(types)) = members.get_mut("type") {
        had_null |= remove(types, |ty| ty == "null");
        if let [ty] = types.as_slice() {
            let ty = ty.clone();
            members.insert("type".to_owned(), ty);
        }
    }
    if let Some(Value::Array(values)) = members.get_mut("enum") {
        had_null |= remove(values, Value::is_null);
    }
    let alternatives = ["anyOf", "oneOf"]
        .into_iter()
        .find(|key| members.contains_key(*key));
    if let Some(key) = alternatives
        && let Some(Value::Array(schemas)) = members.get_mut(key)
    {
        let null = json!({ "type": "null" });
        had_null |= remove(schemas, |schema| *schema == null);
        if schemas.len() == 1
            && let Some(Value::Object(only)) = schemas.pop()
        {
            members.remove(key);
            for (name, value) in only {
                members.entry(name).or_insert(value);
            }
        }
    }
    had_null
}

fn remove(values: &mut Vec<Value>, is_removed: impl Fn(&Value) -> bool) -> bool {
    let before = values.len();
    values.retain(|value| !is_removed(value));
    values.len() < before
}
