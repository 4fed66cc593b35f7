//! The JSON Schemas of types that derive `Serialize`.

use serde_json::{Map, Value, json};
use syn::ext::IdentExt as _;
use syn::{Fields, ItemEnum, ItemStruct, Meta};

use super::args::Arg;
use super::attrs;
use super::type_table::{Definition, TypeTable};
use crate::case::{serde_rename_field, serde_rename_variant};

/// Returns the schema of a type.
pub(super) fn schema(definition: &Definition, types: &TypeTable, depth: usize) -> Value {
    match definition {
        Definition::Alias(ty) => types.resolve(ty, depth).schema,
        Definition::Struct(item) => struct_schema(item, types, depth),
        Definition::Enum(item) => enum_schema(item),
    }
}

fn struct_schema(item: &ItemStruct, types: &TypeTable, depth: usize) -> Value {
    let metas = attrs::all(&item.attrs);
    let container = attrs::args(&metas, "serde");
    let is_transparent = has(&container, "transparent");
    match &item.fields {
        Fields::Unnamed(fields) if fields.unnamed.len() == 1 => fields
            .unnamed
            .first()
            .map_or_else(|| json!({}), |field| types.nested(&field.ty, depth)),
        Fields::Unnamed(_) => json!({ "type": "array" }),
        Fields::Unit => json!({}),
        Fields::Named(fields) if is_transparent && fields.named.len() == 1 => fields
            .named
            .first()
            .map_or_else(|| json!({}), |field| types.nested(&field.ty, depth)),
        Fields::Named(_) if has(&container, "into") => json!({}),
        Fields::Named(fields) => {
            let rule = renamed(&container, "rename_all");
            let (mut properties, mut required) = (Map::new(), Vec::new());
            let mut is_open = false;
            for field in &fields.named {
                let metas = attrs::all(&field.attrs);
                let args = attrs::args(&metas, "serde");
                if has(&args, "skip") || has(&args, "skip_serializing") {
                    continue;
                }
                if has(&args, "flatten") {
                    is_open = true;
                    continue;
                }
                let Some(ident) = &field.ident else { continue };
                let ident = ident.unraw().to_string();
                let name = renamed(&args, "rename")
                    .or_else(|| serde_rename_field(rule.as_deref()?, &ident))
                    .unwrap_or(ident);
                let is_converted = has(&args, "with") || has(&args, "serialize_with");
                let is_skipped = has(&args, "skip_serializing_if");
                let resolved = types.resolve(&field.ty, depth);
                let schema = if is_converted {
                    json!({})
                } else if is_skipped {
                    resolved.schema
                } else {
                    types.nested(&field.ty, depth)
                };
                if !is_skipped && !resolved.is_optional {
                    required.push(Value::from(name.clone()));
                }
                properties.insert(name, with_description(schema, &metas));
            }
            object(properties, required, is_open)
        }
    }
}

fn object(properties: Map<String, Value>, mut required: Vec<Value>, is_open: bool) -> Value {
    let mut schema = Map::new();
    schema.insert("type".to_owned(), "object".into());
    schema.insert("properties".to_owned(), Value::Object(properties));
    if !required.is_empty() {
        required.sort_by(|a, b| a.as_str().cmp(&b.as_str()));
        schema.insert("required".to_owned(), Value::Array(required));
    }
    if is_open {
        schema.insert("additionalProperties".to_owned(), Value::Bool(true));
    }
    Value::Object(schema)
}

/// Returns the schema of an enum. Only enums whose variants have no fields are strings.
fn enum_schema(item: &ItemEnum) -> Value {
    let metas = attrs::all(&item.attrs);
    let container = attrs::args(&metas, "serde");
    let has_data = item
        .variants
        .iter()
        .any(|variant| !variant.fields.is_empty());
    if has_data
        || ["tag", "untagged", "into"]
            .iter()
            .any(|name| has(&container, name))
    {
        return json!({});
    }
    let rule = renamed(&container, "rename_all");
    let names = item.variants.iter().filter_map(|variant| {
        let metas = attrs::all(&variant.attrs);
        let args = attrs::args(&metas, "serde");
        if has(&args, "skip") || has(&args, "skip_serializing") {
            return None;
        }
        let ident = variant.ident.unraw().to_string();
        let name = renamed(&args, "rename")
            .or_else(|| serde_rename_variant(rule.as_deref()?, &ident))
            .unwrap_or(ident);
        Some(Value::from(name))
    });
    json!({ "type": "string", "enum": names.collect::<Vec<_>>() })
}

/// Adds the doc comment of a field to its schema.
pub(super) fn with_description(schema: Value, metas: &[Meta]) -> Value {
    match (schema, attrs::doc(metas)) {
        (Value::Object(mut members), Some(text)) => {
            members.insert("description".to_owned(), text.into());
            Value::Object(members)
        }
        (schema, _) => schema,
    }
}

pub(super) fn has(args: &[Arg], name: &str) -> bool {
    args.iter().any(|arg| arg.name == name)
}

/// Returns the text of `name = "…"` or `name(serialize = "…")`.
pub(super) fn renamed(args: &[Arg], name: &str) -> Option<String> {
    let arg = args.iter().find(|arg| arg.name == name)?;
    arg.text().or_else(|| {
        let inner = arg.list();
        inner.iter().find(|arg| arg.name == "serialize")?.text()
    })
}
