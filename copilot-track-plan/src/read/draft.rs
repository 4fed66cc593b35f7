//! Accepts schemas of draft-04 and draft-06 as draft-07, and rejects other drafts.

use serde_json::{Map, Value};

use crate::error::PlanError;
use crate::model::{DRAFT_07, member_path};

/// Drafts whose schemas have the same meaning in draft-07, except `exclusiveMinimum` and
/// `exclusiveMaximum` of draft-04.
const OLDER: &[&str] = &["draft-04", "draft-05", "draft-06"];

/// Changes a schema of an older draft to draft-07.
pub(super) fn update(schema: &mut Value, path: &str) -> Result<(), PlanError> {
    let Some(members) = schema.as_object_mut() else {
        return Ok(());
    };
    let name = match members.get("$schema") {
        None => {
            members.insert("$schema".to_owned(), DRAFT_07.into());
            None
        }
        Some(name) => name.as_str().map(str::to_owned),
    };
    if let Some(name) = name {
        let draft = name.trim_end_matches('#').trim_end_matches('/');
        let is_older = OLDER.iter().any(|older| draft.contains(older));
        // `http://json-schema.org/schema` means the newest draft, which was draft-07 or older when
        // plans with this value were written.
        if is_older || draft.ends_with("json-schema.org/schema") {
            members.insert("$schema".to_owned(), DRAFT_07.into());
        } else if !draft.contains("draft-07") {
            return Err(PlanError::new(
                member_path(path, "$schema"),
                format!(
                    "the draft `{name}` is not supported: Segment validates against `{DRAFT_07}`"
                ),
            ));
        }
    }
    replace_boolean_limits(schema);
    Ok(())
}

/// Converts draft-04's `"minimum": 0, "exclusiveMinimum": true` to `"exclusiveMinimum": 0`. Numbers
/// in draft-07 are not changed.
fn replace_boolean_limits(value: &mut Value) {
    match value {
        Value::Object(members) => {
            for (limit, exclusive) in [
                ("minimum", "exclusiveMinimum"),
                ("maximum", "exclusiveMaximum"),
            ] {
                replace_boolean_limit(members, limit, exclusive);
            }
            members.values_mut().for_each(replace_boolean_limits);
        }
        Value::Array(items) => items.iter_mut().for_each(replace_boolean_limits),
        _ => {}
    }
}

fn replace_boolean_limit(members: &mut Map<String, Value>, limit: &str, exclusive: &str) {
    let Some(&Value::Bool(is_exclusive)) = members.get(exclusive) else {
        return;
    };
    if !members.get(limit).is_some_and(Value::is_number) {
        return;
    }
    members.remove(exclusive);
    if is_exclusive && let Some(number) = members.remove(limit) {
        members.insert(exclusive.to_owned(), number);
    }
}
