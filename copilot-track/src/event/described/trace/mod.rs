//! The schema of a type, by what its `Deserialize` implementation asks for.
//!
//! The name of a type of the application says nothing about its values, and `Serialize` needs a
//! value. `Deserialize` needs none: an enum asks for one of its variants, a struct for its fields,
//! and another type for a string, a number, or a list. [`trace`] passes a deserializer that records
//! the request, and then one for each field of a struct. The variants of an enum are created and
//! serialized, so that their names are those that are sent.

mod recorder;
mod shape;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use self::recorder::{Recorder, Task};
use self::shape::{Shape, Struct, Wrapper};
use crate::event::described::nullable::nullable;
use crate::event::described::probed_type::ProbedType;

/// The maximum number of variants of an enum, and of fields of a struct and the structs inside it.
const MAX_NAMES: usize = 1_000;
/// The maximum number of structs inside each other.
const MAX_STRUCTS: usize = 8;

/// Returns what is known about the values of a type.
pub(super) fn trace<T: Serialize + Deserialize<'static>>() -> ProbedType {
    let shape = shape::<T>(&[], Task::Record);
    let innermost = match shape.variants {
        Some(variants) => enum_schema::<T>(variants, &shape.wrappers),
        None => Tracer::default().innermost::<T>(&shape),
    };
    // A property that is `null` is not sent.
    let options = shape.wrappers.iter();
    let options = options.take_while(|wrapper| **wrapper == Wrapper::Option);
    let options = options.count();
    let inner = shape.wrappers.get(options..).unwrap_or_default();
    ProbedType {
        schema: wrapped(innermost, inner),
        is_optional: options > 0,
    }
}

/// Returns the shape of a type, or of a field inside it. `path` contains the names of the fields.
fn shape<T: Deserialize<'static>>(path: &[&'static str], task: Task) -> Shape {
    let mut shape = Shape::default();
    // The recorder stops with an error as soon as it knows the shape.
    let _ = T::deserialize(Recorder::new(&mut shape, path, task));
    shape
}

/// Returns the schema of a value inside options, lists, and maps.
fn wrapped(innermost: Option<Value>, wrappers: &[Wrapper]) -> Option<Value> {
    let Some(innermost) = innermost else {
        // The kind of the outermost value is known, even if the values inside it are not.
        return match wrappers.first()? {
            Wrapper::List => Some(json!({ "type": "array" })),
            Wrapper::Map => Some(json!({ "type": "object" })),
            Wrapper::Option => None,
        };
    };
    let schema = wrappers
        .iter()
        .rev()
        .fold(innermost, |schema, wrapper| match wrapper {
            Wrapper::Option => nullable(schema),
            Wrapper::List => json!({ "type": "array", "items": schema }),
            Wrapper::Map => json!({ "type": "object", "additionalProperties": schema }),
        });
    Some(schema)
}

/// Returns the schema of an enum without data, or `None` if a variant has data.
fn enum_schema<T: Serialize + Deserialize<'static>>(
    variants: &'static [&'static str],
    wrappers: &[Wrapper],
) -> Option<Value> {
    let mut names: Vec<Value> = Vec::new();
    for variant in variants.iter().take(MAX_NAMES) {
        let mut shape = Shape::default();
        let value = T::deserialize(Recorder::new(&mut shape, &[], Task::Create(variant))).ok()?;
        let name = unwrapped(serde_json::to_value(value).ok()?, wrappers)?;
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

/// Returns the only value inside options, lists, and maps.
fn unwrapped(mut value: Value, wrappers: &[Wrapper]) -> Option<Value> {
    for wrapper in wrappers {
        value = match (wrapper, value) {
            (Wrapper::Option, value) => value,
            (Wrapper::List, Value::Array(mut elements)) => elements.pop()?,
            (Wrapper::Map, Value::Object(members)) => members.into_iter().next()?.1,
            _ => return None,
        };
    }
    Some(value)
}

/// Describes the fields of structs.
#[derive(Default)]
struct Tracer {
    /// The names of the fields that lead to the current value.
    path: Vec<&'static str>,
    /// The structs around the current value.
    structs: Vec<Struct>,
    fields: usize,
}

impl Tracer {
    /// Returns the schema of the value inside the options, lists, and maps of a shape. The
    /// serialized names of the variants of an enum are not known inside a struct.
    fn innermost<T: Deserialize<'static>>(&mut self, shape: &Shape) -> Option<Value> {
        match (shape.structure, shape.variants) {
            (Some(structure), _) => Some(self.structure::<T>(structure)),
            (None, Some(variants)) => self.has_only_units::<T>(variants).then(text),
            (None, None) => shape.schema.clone(),
        }
    }

    /// Returns whether no variant of the enum at the current path has data.
    fn has_only_units<T: Deserialize<'static>>(&self, variants: &'static [&'static str]) -> bool {
        variants
            .iter()
            .take(MAX_NAMES)
            .all(|variant| shape::<T>(&self.path, Task::Create(variant)).is_created)
    }

    /// Returns the schema of a struct. Its properties are not required, because only `Serialize`
    /// knows which of them are always written.
    fn structure<T: Deserialize<'static>>(&mut self, structure: Struct) -> Value {
        if let Some(form) = structure.sent_form() {
            return form;
        }
        let is_recursive = self.structs.contains(&structure);
        if is_recursive || self.structs.len() == MAX_STRUCTS {
            return json!({ "type": "object" });
        }
        self.structs.push(structure);
        let mut properties = Map::new();
        for field in structure.fields {
            self.fields += 1;
            if self.fields > MAX_NAMES {
                break;
            }
            self.path.push(field);
            let shape = shape::<T>(&self.path, Task::Record);
            let innermost = self.innermost::<T>(&shape);
            self.path.pop();
            let schema = wrapped(innermost, &shape.wrappers).unwrap_or_else(|| json!({}));
            properties.insert((*field).to_owned(), schema);
        }
        self.structs.pop();
        json!({ "type": "object", "properties": properties })
    }
}

fn text() -> Value {
    json!({ "type": "string" })
}
