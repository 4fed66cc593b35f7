//! The JSON Schemas of Rust types.

use serde_json::{Map, Value, json};
use syn::ext::IdentExt as _;
use syn::{GenericArgument, Path, PathArguments, Type};

use super::serde_types;
use super::shown::Shown;
use super::type_table::{Definition, TypeTable};
use crate::sources::allow_null;

/// The deepest nesting of types that is described.
const MAX_DEPTH: usize = 16;

/// The schema of a type, and whether a value can be left out.
pub(super) struct Resolved {
    pub(super) schema: Value,
    pub(super) is_optional: bool,
}

impl TypeTable {
    /// Returns the schema of what the sources show.
    pub(super) fn schema_of(&self, shown: &Shown) -> Value {
        match shown {
            Shown::Unknown => json!({}),
            Shown::Schema(schema) => schema.clone(),
            Shown::Type(ty) => self.resolve(ty, 0).schema,
            Shown::Field(ty, field) => {
                let ty = self.field_type(ty, field);
                ty.map_or_else(|| json!({}), |ty| self.resolve(ty, 0).schema)
            }
        }
    }

    fn field_type<'a>(&'a self, ty: &Type, field: &str) -> Option<&'a Type> {
        match strip(ty) {
            Type::Path(path) => match self.get(&path.path)? {
                Definition::Struct(item) => item.fields.iter().find_map(|other| {
                    let ident = other.ident.as_ref()?.unraw();
                    (ident == field).then_some(&other.ty)
                }),
                _ => None,
            },
            _ => None,
        }
    }

    /// Returns the schema of a type.
    pub(super) fn resolve(&self, ty: &Type, depth: usize) -> Resolved {
        let required = |schema| Resolved {
            schema,
            is_optional: false,
        };
        if depth == MAX_DEPTH {
            return required(json!({}));
        }
        match strip(ty) {
            Type::Path(path) => self.path(&path.path, depth),
            Type::Slice(slice) => required(self.list(&slice.elem, depth)),
            Type::Array(array) => required(self.list(&array.elem, depth)),
            Type::ImplTrait(bounds) => required(impl_trait(bounds)),
            _ => required(json!({})),
        }
    }

    /// Returns the schema of a value inside another value. There, `None` is sent as `null`.
    pub(super) fn nested(&self, ty: &Type, depth: usize) -> Value {
        let Resolved {
            mut schema,
            is_optional,
        } = self.resolve(ty, depth);
        if is_optional && let Value::Object(schema) = &mut schema {
            allow_null(schema);
        }
        schema
    }

    fn list(&self, item: &Type, depth: usize) -> Value {
        let items = self.nested(item, depth + 1);
        if items == json!({}) {
            return json!({ "type": "array" });
        }
        json!({ "type": "array", "items": items })
    }

    fn path(&self, path: &Path, depth: usize) -> Resolved {
        let required = |schema| Resolved {
            schema,
            is_optional: false,
        };
        if let Some(Definition::Alias(ty)) = self.get(path) {
            return self.resolve(ty, depth + 1);
        }
        if let Some(definition) = self.get(path) {
            return required(serde_types::schema(definition, self, depth + 1));
        }
        let Some(last) = path.segments.last() else {
            return required(json!({}));
        };
        let arguments = type_arguments(&last.arguments);
        let name = last.ident.unraw().to_string();
        match (name.as_str(), arguments.as_slice()) {
            ("Option", [inner]) => Resolved {
                is_optional: true,
                ..self.resolve(inner, depth + 1)
            },
            (
                "Box" | "Rc" | "Arc" | "Cow" | "Cell" | "RefCell" | "Mutex" | "RwLock" | "Reverse",
                [inner],
            ) => self.resolve(inner, depth + 1),
            (
                "Vec" | "VecDeque" | "LinkedList" | "HashSet" | "BTreeSet" | "IndexSet"
                | "SmallVec" | "BinaryHeap",
                [item, ..],
            ) => required(self.list(item, depth)),
            ("HashMap" | "BTreeMap" | "IndexMap", [_, value, ..]) => {
                let values = self.nested(value, depth + 1);
                if values == json!({}) {
                    return required(json!({ "type": "object" }));
                }
                required(json!({ "type": "object", "additionalProperties": values }))
            }
            ("Map", _) if path.segments.len() > 1 => required(json!({ "type": "object" })),
            (name, _) => required(well_known(name, path)),
        }
    }
}

/// Returns the schema of a type that is known by its name.
fn well_known(name: &str, path: &Path) -> Value {
    let json_type = match name {
        "String" | "str" | "char" | "Url" | "PathBuf" | "Path" | "CompactString" | "SmolStr" => {
            "string"
        }
        "bool" => "boolean",
        "u8" | "u16" | "u32" | "u64" | "u128" | "usize" | "i8" | "i16" | "i32" | "i64" | "i128"
        | "isize" => "integer",
        _ if name.starts_with("NonZero") => "integer",
        "f32" | "f64" | "Decimal" | "Duration" | "TimeDelta" | "SignedDuration" => "number",
        "SystemTime" | "OffsetDateTime" | "UtcDateTime" | "DateTime" | "Timestamp" | "Zoned" => {
            return json!({ "type": "string", "format": "date-time" });
        }
        "Date" | "NaiveDate" => return json!({ "type": "string", "format": "date" }),
        "Uuid" => return json!({ "type": "string", "format": "uuid" }),
        "Value" if path.segments.len() > 1 => return json!({}),
        _ => return json!({}),
    };
    json!({ "type": json_type })
}

/// Returns the schema of `impl Into<String>` and `impl AsRef<str>`.
fn impl_trait(bounds: &syn::TypeImplTrait) -> Value {
    let is_text = bounds.bounds.iter().any(|bound| match bound {
        syn::TypeParamBound::Trait(bound) => bound.path.segments.last().is_some_and(|last| {
            let arguments = type_arguments(&last.arguments);
            let target = match arguments.as_slice() {
                [Type::Path(target)] => target.path.segments.last(),
                _ => None,
            };
            (last.ident == "Into" || last.ident == "AsRef")
                && target.is_some_and(|target| target.ident == "String" || target.ident == "str")
        }),
        _ => false,
    });
    if is_text {
        json!({ "type": "string" })
    } else {
        Value::Object(Map::new())
    }
}

/// Returns the type behind references, parentheses, and groups.
fn strip(ty: &Type) -> &Type {
    match ty {
        Type::Reference(reference) => strip(&reference.elem),
        Type::Paren(paren) => strip(&paren.elem),
        Type::Group(group) => strip(&group.elem),
        other => other,
    }
}

fn type_arguments(arguments: &PathArguments) -> Vec<&Type> {
    match arguments {
        PathArguments::AngleBracketed(arguments) => {
            let arguments = arguments.args.iter();
            arguments
                .filter_map(|argument| match argument {
                    GenericArgument::Type(ty) => Some(ty),
                    _ => None,
                })
                .collect()
        }
        _ => Vec::new(),
    }
}
