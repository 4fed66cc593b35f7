//! A typed view of a JSON Schema.

use serde_json::{Map, Value};

use super::Types;

/// The largest number of references that are followed from one schema. The readers reject plans
/// with cycles, so only a plan that was built in memory can reach this limit.
const MAX_REFERENCES: usize = 64;

/// A JSON Schema inside a rule, with its `$ref` resolved.
#[derive(Debug, Clone, Copy)]
pub struct Schema<'a> {
    value: &'a Value,
    /// The schema before its references were followed.
    written: &'a Value,
    root: &'a Map<String, Value>,
    pointer: Option<&'a str>,
}

impl<'a> Schema<'a> {
    /// Views a schema. References are resolved in `root`.
    pub(crate) fn new(written: &'a Value, root: &'a Map<String, Value>) -> Self {
        let (mut value, mut pointer) = (written, None);
        for _ in 0..MAX_REFERENCES {
            let Some(reference) = value.get("$ref").and_then(Value::as_str) else {
                break;
            };
            let Some(target) = resolve(reference, root) else {
                break;
            };
            (value, pointer) = (target, Some(reference));
        }
        Self {
            value,
            written,
            root,
            pointer,
        }
    }

    /// Returns the JSON value of the schema, after references were followed.
    #[must_use]
    pub fn json(&self) -> &'a Value {
        self.value
    }

    /// Returns the reference to this schema, if the schema was written as `{"$ref": "…"}`.
    #[must_use]
    pub fn reference(&self) -> Option<&'a str> {
        self.pointer
    }

    /// Returns the value of a keyword.
    #[must_use]
    pub fn keyword(&self, name: &str) -> Option<&'a Value> {
        self.value.get(name)
    }

    /// Returns the description.
    #[must_use]
    pub fn description(&self) -> Option<&'a str> {
        let text = |value: &'a Value| value.get("description").and_then(Value::as_str);
        text(self.written)
            .or_else(|| text(self.value))
            .filter(|text| !text.trim().is_empty())
    }

    /// Returns the types that the schema allows. Without `type`, the types follow from `enum` and
    /// `const`, and otherwise all types are allowed.
    #[must_use]
    pub fn types(&self) -> Types {
        let of_values = |values: &[Value]| {
            let types = values.iter().map(Types::of);
            types.fold(Types::NONE, Types::union)
        };
        match (self.keyword("type"), self.values()) {
            (Some(Value::String(name)), _) => Types::named(name).unwrap_or(Types::ANY),
            (Some(Value::Array(names)), _) => names
                .iter()
                .filter_map(|name| Types::named(name.as_str()?))
                .fold(Types::NONE, Types::union),
            (_, Some(values)) if !values.is_empty() => of_values(values),
            _ => Types::ANY,
        }
    }

    /// Returns the values of `enum`, or the value of `const`.
    #[must_use]
    pub fn values(&self) -> Option<&'a [Value]> {
        match self.keyword("enum") {
            Some(Value::Array(values)) => Some(values),
            _ => self.keyword("const").map(std::slice::from_ref),
        }
    }

    /// Returns the format, such as `date-time`.
    #[must_use]
    pub fn format(&self) -> Option<&'a str> {
        self.keyword("format").and_then(Value::as_str)
    }

    /// Returns the properties of an object: the name, the schema, and whether the property is
    /// required.
    pub fn properties(&self) -> impl Iterator<Item = (&'a str, Schema<'a>, bool)> + use<'a> {
        let (this, root) = (*self, self.root);
        let members = self.keyword("properties").and_then(Value::as_object);
        members.into_iter().flatten().map(move |(name, value)| {
            let schema = Schema::new(value, root);
            (name.as_str(), schema, this.is_required(name))
        })
    }

    /// Returns whether the property `name` of an object is required.
    #[must_use]
    pub fn is_required(&self, name: &str) -> bool {
        let required = self.keyword("required").and_then(Value::as_array);
        required.is_some_and(|names| names.iter().any(|other| other == name))
    }

    /// Returns the schema of the items of a list, if all items have the same schema.
    #[must_use]
    pub fn items(&self) -> Option<Schema<'a>> {
        let items = self.keyword("items")?;
        items.is_object().then(|| Schema::new(items, self.root))
    }

    /// Returns the schema of the values of an object whose names are not listed.
    #[must_use]
    pub fn additional(&self) -> Option<Schema<'a>> {
        let schema = self.keyword("additionalProperties")?;
        schema.is_object().then(|| Schema::new(schema, self.root))
    }
}

/// Returns the schema to which `reference` points.
pub(crate) fn resolve<'a>(reference: &str, root: &'a Map<String, Value>) -> Option<&'a Value> {
    let mut steps = reference.strip_prefix("#/")?.split('/');
    let unescape = |step: &str| {
        let step = percent_decoded(step);
        step.replace("~1", "/").replace("~0", "~")
    };
    let mut value = root.get(&unescape(steps.next()?))?;
    for step in steps {
        let step = unescape(step);
        value = match value {
            Value::Object(members) => members.get(&step)?,
            Value::Array(items) => items.get(step.parse::<usize>().ok()?)?,
            _ => return None,
        };
    }
    Some(value)
}

/// Decodes `%20` and the like. Invalid sequences stay unchanged.
fn percent_decoded(text: &str) -> String {
    if !text.contains('%') {
        return text.to_owned();
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let code = (*first == b'%')
            .then(|| tail.get(..2))
            .flatten()
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        if let Some(code) = code {
            bytes.push(code);
            rest = tail.get(2..).unwrap_or_default();
        } else {
            bytes.push(*first);
            rest = tail;
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}
