//! The schema of a type, by what its `Deserialize` implementation asks for.
//!
//! The name of a type of the application says nothing about its values, and `Serialize` needs a
//! value. `Deserialize` needs none: an enum asks for one of its variants, a struct for its fields,
//! and another type for a string, a number, or a list. [`trace`] passes a deserializer that records
//! the request. The variants of an enum are then created and serialized, so that their names are
//! those that are sent.

mod recorder;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use self::recorder::{Recorder, Shape, Task};
use crate::event::described::probed_type::ProbedType;

/// The maximum number of variants of an enum, or of fields of a struct.
const MAX_NAMES: usize = 1_000;

/// Returns what is known about the values of a type.
pub(super) fn trace<T: Serialize + Deserialize<'static>>() -> ProbedType {
    let shape = shape::<T>(Task::Record);
    let innermost = match (shape.variants, shape.fields) {
        (Some(variants), _) => enum_schema::<T>(variants),
        // The fields of a struct inside a list are not recorded.
        (None, Some(fields)) if shape.lists == 0 => Some(object_schema::<T>(fields)),
        (None, Some(_)) => Some(json!({ "type": "object" })),
        (None, None) => shape.schema,
    };
    ProbedType {
        schema: innermost.map(|schema| in_lists(schema, shape.lists)),
        is_optional: shape.is_optional,
    }
}

fn shape<T: Deserialize<'static>>(task: Task) -> Shape {
    let mut shape = Shape::default();
    // The recorder stops with an error as soon as it knows the shape.
    let _ = T::deserialize(Recorder::new(&mut shape, task));
    shape
}

fn in_lists(schema: Value, lists: usize) -> Value {
    (0..lists).fold(
        schema,
        |items, _| json!({ "type": "array", "items": items }),
    )
}

/// Returns the schema of an enum without data, or `None` if a variant has data.
fn enum_schema<T: Serialize + Deserialize<'static>>(
    variants: &'static [&'static str],
) -> Option<Value> {
    let mut names: Vec<Value> = Vec::new();
    for variant in variants.iter().take(MAX_NAMES) {
        let mut shape = Shape::default();
        let value = T::deserialize(Recorder::new(&mut shape, Task::Create(variant))).ok()?;
        let name = innermost(serde_json::to_value(value).ok()?);
        if !name.is_string() {
            return None;
        }
        // `Deserialize` can accept several names of a variant.
        if !names.contains(&name) {
            names.push(name);
        }
    }
    Some(json!({ "type": "string", "enum": names }))
}

/// Returns the value inside lists.
fn innermost(mut value: Value) -> Value {
    while let Value::Array(elements) = &mut value {
        value = elements.pop().unwrap_or_default();
    }
    value
}

/// Returns the schema of a struct. Its properties are not required, because only `Serialize` knows
/// which of them are always written.
fn object_schema<T: Deserialize<'static>>(fields: &'static [&'static str]) -> Value {
    let properties: Map<String, Value> = fields
        .iter()
        .take(MAX_NAMES)
        .map(|field| {
            let Shape {
                schema,
                fields,
                lists,
                ..
            } = shape::<T>(Task::Field(field));
            let schema = schema.or_else(|| fields.map(|_| json!({ "type": "object" })));
            let schema = schema.map(|schema| in_lists(schema, lists));
            ((*field).to_owned(), schema.unwrap_or_else(|| json!({})))
        })
        .collect();
    json!({ "type": "object", "properties": properties })
}
