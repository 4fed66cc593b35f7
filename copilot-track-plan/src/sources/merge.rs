//! Combines what several places say about the same event or property.

use serde_json::{Map, Value};

use crate::model::{Field, Rule, Types};

/// The largest number of examples of a property.
const MAX_EXAMPLES: usize = 100;

/// Combines two rules of the same event. A property is required if it is required in both.
pub(crate) fn merge_rules(rule: &mut Rule, other: &Rule) {
    let fields: Vec<_> = rule.fields().map(owned).collect();
    for (name, schema, is_required) in &fields {
        let in_other = other.field(name);
        let is_required = *is_required && in_other.is_some_and(|field| field.is_required);
        let schema = match in_other {
            Some(field) => merge_schemas(schema, field.schema.json()),
            None => schema.clone(),
        };
        rule.set_field(name, schema, is_required);
    }
    for field in other.fields() {
        if rule.field(field.name).is_none() {
            rule.set_field(field.name, field.schema.json().clone(), false);
        }
    }
    if let (None, Some(text)) = (rule.description(), other.description()) {
        rule.set_description(text);
    }
}

fn owned(field: Field<'_>) -> (String, Value, bool) {
    let schema = field.schema.json().clone();
    (field.name.to_owned(), schema, field.is_required)
}

/// Returns a schema that allows the values of both schemas.
pub(crate) fn merge_schemas(a: &Value, b: &Value) -> Value {
    let (mut a, mut b) = (members(a), members(b));
    let examples = merged_list(a.remove("examples"), b.remove("examples"));
    let description = a.remove("description").or(b.remove("description"));
    b.remove("description");
    let mut merged = if a == b {
        a
    } else {
        let types = types(&a).union(types(&b));
        let mut merged = Map::new();
        if let (Some(a), Some(b)) = (a.remove("enum"), b.remove("enum")) {
            let values = merged_list(Some(a), Some(b));
            merged.insert("enum".to_owned(), Value::Array(values));
        }
        if let (Some(a), Some(b)) = (a.remove("format"), b.remove("format"))
            && a == b
        {
            merged.insert("format".to_owned(), a);
        }
        insert_types(&mut merged, types);
        merged
    };
    if !examples.is_empty() {
        merged.insert("examples".to_owned(), Value::Array(examples));
    }
    if let Some(text) = description {
        merged.insert("description".to_owned(), text);
    }
    Value::Object(merged)
}

/// Allows `null` in addition to the values of a schema.
pub(crate) fn allow_null(schema: &mut Map<String, Value>) {
    if let Some(ty) = schema.get_mut("type")
        && ty.is_string()
        && ty != "null"
    {
        *ty = Value::Array(vec![ty.take(), "null".into()]);
    }
    if let Some(Value::Array(values)) = schema.get_mut("enum")
        && !values.contains(&Value::Null)
    {
        values.push(Value::Null);
    }
}

fn members(schema: &Value) -> Map<String, Value> {
    schema.as_object().cloned().unwrap_or_default()
}

fn types(schema: &Map<String, Value>) -> Types {
    let names: &[Value] = match schema.get("type") {
        None => return Types::ANY,
        Some(Value::Array(names)) => names,
        Some(name) => std::slice::from_ref(name),
    };
    let types = names.iter().filter_map(|name| Types::named(name.as_str()?));
    types.fold(Types::NONE, Types::union)
}

/// Sets `type`. A number can also be an integer, so `integer` is left out next to `number`.
fn insert_types(schema: &mut Map<String, Value>, types: Types) {
    if types == Types::ANY {
        return;
    }
    let types = if types.contains(Types::NUMBER) {
        types.without(Types::INTEGER)
    } else {
        types
    };
    let mut names: Vec<Value> = types.names().map(Value::from).collect();
    let value = match (names.pop(), names.is_empty()) {
        (None, _) => return,
        (Some(name), true) => name,
        (Some(name), false) => {
            names.push(name);
            Value::Array(names)
        }
    };
    schema.insert("type".to_owned(), value);
}

/// Returns the values of two lists, sorted and without duplicates.
fn merged_list(a: Option<Value>, b: Option<Value>) -> Vec<Value> {
    let mut values = Vec::new();
    for list in [a, b].into_iter().flatten() {
        if let Value::Array(items) = list {
            values.extend(items);
        }
    }
    values.sort_by_key(ToString::to_string);
    values.dedup();
    values.truncate(MAX_EXAMPLES);
    values
}
