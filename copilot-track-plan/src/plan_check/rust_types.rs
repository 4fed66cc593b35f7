//! What `copilot_track::plan!` knows about Rust types in addition to a rule.

use serde_json::Value;

use crate::model::{Plan, Rule};
use crate::sources::{Sources, allow_null};

/// The member of a rule with the facts about Rust types.
const MEMBER: &str = "x-copilot-track";
/// The keyword with the name of a type whose values are unknown.
const TYPE_KEYWORD: &str = "x-copilot-track-type";
/// The start of the name of a type whose values can be `null`.
const OPTION: &str = "core::option::Option<";

/// The Rust type of an event.
#[derive(Debug)]
pub(super) struct RustType {
    event: String,
    /// The path of the type.
    path: String,
}

impl RustType {
    /// Removes the facts from a rule.
    pub(super) fn take(rule: &mut Value) -> Option<Self> {
        let rule = rule.as_object_mut()?;
        let facts = rule.remove(MEMBER)?;
        Some(Self {
            event: rule.get("key")?.as_str()?.to_owned(),
            path: facts.get("type")?.as_str()?.to_owned(),
        })
    }

    /// Returns a message if the type is among `others`.
    pub(super) fn duplicate(&self, others: &[Self]) -> Option<String> {
        let Self { event, path, .. } = self;
        let is_listed = others.iter().any(|other| other.path == *path);
        is_listed.then(|| format!("`{event}`: `{path}` is listed twice in `plan![…]`; remove one"))
    }

    /// Replaces the unknown types of the event's properties by those that the sources show.
    pub(super) fn complete(&self, plan: &mut Plan, sources: &Sources) {
        let mut derives = sources.derives();
        let used = derives.find(|used| used.event() == Some(self.event.as_str()));
        let (Some(used), true) = (used, plan.event(&self.event).is_some()) else {
            return;
        };
        let Some(rule) = plan.event_mut(&self.event, || Rule::track(&*self.event)) else {
            return;
        };
        for property in &used.properties {
            let Some(field) = rule.field(&property.name) else {
                continue;
            };
            let (mut schema, is_required) = (field.schema.json().clone(), field.is_required);
            if has_unknown(&schema) {
                self.complete_schema(&mut schema, &property.schema);
                rule.set_field(&property.name, schema, is_required);
            }
        }
    }

    fn complete_schema(&self, schema: &mut Value, shown: &Value) {
        let (Value::Object(members), Value::Object(shown)) = (schema, shown) else {
            return;
        };
        let name = members.get(TYPE_KEYWORD).and_then(Value::as_str);
        if let Some(name) = name {
            let inner = name.strip_prefix(OPTION);
            // A type of another crate may have the name of a type in the sources.
            if crate_of(inner.unwrap_or(name)) != crate_of(&self.path) || shown.is_empty() {
                return;
            }
            let is_nullable = inner.is_some();
            members.remove(TYPE_KEYWORD);
            for (keyword, value) in shown {
                members
                    .entry(keyword.clone())
                    .or_insert_with(|| value.clone());
            }
            if is_nullable {
                allow_null(members);
            }
            return;
        }
        for keyword in ["items", "additionalProperties"] {
            if let (Some(inner), Some(shown)) = (members.get_mut(keyword), shown.get(keyword)) {
                self.complete_schema(inner, shown);
            }
        }
    }
}

/// Returns the first part of the path of a type.
fn crate_of(ty: &str) -> &str {
    ty.split("::").next().unwrap_or_default()
}

fn has_unknown(schema: &Value) -> bool {
    let Value::Object(members) = schema else {
        return false;
    };
    members.contains_key(TYPE_KEYWORD)
        || ["items", "additionalProperties"]
            .iter()
            .any(|inner| members.get(*inner).is_some_and(has_unknown))
}
