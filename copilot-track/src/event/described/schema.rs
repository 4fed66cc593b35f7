//! The JSON schema of a type, by the name of the type.

use serde_json::{Map, Value, json};

use crate::event::described::nullable::nullable;
use crate::event::described::type_name::TypeName;
use crate::util::json::{SentForm, sent_form};

/// The keyword that contains the name of a type without a known schema.
pub(super) const TYPE_KEYWORD: &str = "x-copilot-track-type";
/// The maximum depth of nested types. A deeper type has no known schema.
const MAX_DEPTH: usize = 32;

/// The type of a property.
#[derive(Debug, PartialEq)]
pub(super) struct PropertyType {
    /// The schema of the values that are sent.
    pub(super) schema: Value,
    /// Whether some values are not sent.
    pub(super) is_optional: bool,
}

/// Returns the type of a property. A property whose value is `null` is not sent.
pub(super) fn property_type(name: &str) -> PropertyType {
    let (mut name, mut is_optional) = (name, false);
    for _ in 0..MAX_DEPTH {
        let parsed = TypeName::parse(name);
        if parsed == TypeName::Tuple(Vec::new()) {
            return PropertyType {
                schema: json!({}),
                is_optional: true,
            };
        }
        if let Some(pointee) = pointee(&parsed) {
            name = pointee;
        } else if let Some(inner) = inside_option(&parsed) {
            (name, is_optional) = (inner, true);
        } else {
            break;
        }
    }
    PropertyType {
        schema: schema(name, MAX_DEPTH),
        is_optional,
    }
}

fn schema(name: &str, depth: usize) -> Value {
    let Some(depth) = depth.checked_sub(1) else {
        return unknown(name);
    };
    if let Some(form) = sent_form(name) {
        return match form {
            SentForm::DateTime => json!({ "type": "string", "format": "date-time" }),
            SentForm::Date => json!({ "type": "string", "format": "date" }),
            SentForm::Text => json!({ "type": "string" }),
            SentForm::Number => json!({ "type": "number" }),
        };
    }
    let parsed = TypeName::parse(name);
    if let Some(pointee) = pointee(&parsed) {
        return schema(pointee, depth);
    }
    if let Some(inner) = inside_option(&parsed) {
        let inner = schema(inner, depth);
        let is_unknown = inner.get(TYPE_KEYWORD).is_some();
        return if is_unknown {
            unknown(name)
        } else {
            nullable(inner)
        };
    }
    match parsed {
        TypeName::List(element) => array(element, depth),
        TypeName::Tuple(elements) => match elements.as_slice() {
            [] => json!({ "type": "null" }),
            [first, others @ ..] if others.iter().all(|other| other == first) => {
                array(first, depth)
            }
            _ => json!({ "type": "array" }),
        },
        TypeName::Path(path, arguments) => {
            path_schema(path, &arguments, depth).unwrap_or_else(|| unknown(name))
        }
        TypeName::Reference(_) | TypeName::Other => unknown(name),
    }
}

fn path_schema(path: &str, arguments: &[&str], depth: usize) -> Option<Value> {
    let Some((library, _)) = path.split_once("::") else {
        return primitive(path);
    };
    let last = path.rsplit("::").next().unwrap_or_default();
    let argument = |index: usize| arguments.get(index).copied();
    if library == "smallvec" && last == "SmallVec" {
        return Some(schema(argument(0)?, depth));
    }
    match (library, last) {
        ("alloc" | "core" | "std", _) => {
            if let Some(schema) = std_text_or_number(last) {
                return Some(schema);
            }
        }
        _ => {
            if let Some(schema) = foreign(library, last) {
                return Some(schema);
            }
        }
    }
    match last {
        "Vec" | "VecDeque" | "LinkedList" | "BinaryHeap" | "HashSet" | "BTreeSet" | "IndexSet"
        | "ArrayVec"
            if is_collection_library(library) =>
        {
            Some(array(argument(0)?, depth))
        }
        "HashMap" | "BTreeMap" | "IndexMap" | "DashMap" if is_collection_library(library) => {
            Some(map(argument(1)?, depth))
        }
        _ => None,
    }
}

fn is_collection_library(library: &str) -> bool {
    matches!(
        library,
        "alloc" | "arrayvec" | "dashmap" | "hashbrown" | "indexmap" | "std"
    )
}

fn primitive(name: &str) -> Option<Value> {
    let ty = match name {
        "str" | "char" => "string",
        "bool" => "boolean",
        "f32" | "f64" => "number",
        "i8" | "i16" | "i32" | "i64" | "i128" | "isize" | "u8" | "u16" | "u32" | "u64" | "u128"
        | "usize" => "integer",
        _ => return None,
    };
    Some(json!({ "type": ty }))
}

fn std_text_or_number(name: &str) -> Option<Value> {
    let ty = match name {
        "String" | "PathBuf" | "Path" | "IpAddr" | "Ipv4Addr" | "Ipv6Addr" | "SocketAddr"
        | "SocketAddrV4" | "SocketAddrV6" | "Arguments" => "string",
        "AtomicBool" => "boolean",
        _ if name.starts_with("NonZero") || name.starts_with("Atomic") => "integer",
        _ => return None,
    };
    Some(json!({ "type": ty }))
}

/// Returns the schema of a type of a library whose values are sent as `serde` writes them.
fn foreign(library: &str, name: &str) -> Option<Value> {
    Some(match (library, name) {
        ("serde_json", "Value" | "RawValue") => json!({}),
        ("serde_json", "Map") => json!({ "type": "object" }),
        ("serde_json", "Number") | ("ordered_float", "OrderedFloat" | "NotNan") => {
            json!({ "type": "number" })
        }
        ("chrono", "DateTime") | ("jiff", "Timestamp") => {
            json!({ "type": "string", "format": "date-time" })
        }
        ("chrono", "NaiveDate") | ("jiff", "Date") => json!({ "type": "string", "format": "date" }),
        ("url", "Url") => json!({ "type": "string", "format": "uri" }),
        ("bytes", "Bytes" | "BytesMut") => {
            json!({ "type": "array", "items": { "type": "integer" } })
        }
        ("chrono", "NaiveDateTime" | "NaiveTime" | "Month" | "Weekday")
        | ("jiff", "DateTime" | "Time" | "Span")
        | ("uuid", "Uuid" | "Hyphenated" | "Simple" | "Urn" | "Braced")
        | ("bigdecimal", "BigDecimal")
        | ("semver", "Version" | "VersionReq")
        | ("ulid", "Ulid")
        | ("arrayvec", "ArrayString")
        | ("smol_str", "SmolStr")
        | ("compact_str", "CompactString")
        | ("ecow", "EcoString")
        | ("camino", "Utf8Path" | "Utf8PathBuf")
        | ("copilot_track", "ConversationId" | "MessageId" | "Role") => json!({ "type": "string" }),
        ("copilot_track", "Rating") => json!({ "type": "number" }),
        _ => return None,
    })
}

/// Returns the type whose value a pointer or a wrapper sends.
fn pointee<'a>(parsed: &TypeName<'a>) -> Option<&'a str> {
    match parsed {
        TypeName::Reference(referent) => Some(referent),
        TypeName::Path(path, arguments) if is_std(path) => {
            let is_pointer = matches!(
                path.rsplit("::").next().unwrap_or_default(),
                "Box"
                    | "Rc"
                    | "Arc"
                    | "Cow"
                    | "Cell"
                    | "RefCell"
                    | "Mutex"
                    | "RwLock"
                    | "Wrapping"
                    | "Saturating"
                    | "Reverse"
            );
            arguments.first().copied().filter(|_| is_pointer)
        }
        _ => None,
    }
}

/// Returns the type inside an [`Option`] or a weak pointer.
fn inside_option<'a>(parsed: &TypeName<'a>) -> Option<&'a str> {
    match parsed {
        TypeName::Path(
            "core::option::Option" | "alloc::rc::Weak" | "alloc::sync::Weak",
            arguments,
        ) => arguments.first().copied(),
        _ => None,
    }
}

fn is_std(path: &str) -> bool {
    ["alloc::", "core::", "std::"]
        .iter()
        .any(|library| path.starts_with(library))
}

fn array(element: &str, depth: usize) -> Value {
    let items = schema(element, depth);
    json!({ "type": "array", "items": items })
}

fn map(value: &str, depth: usize) -> Value {
    let values = schema(value, depth);
    json!({ "type": "object", "additionalProperties": values })
}

fn unknown(name: &str) -> Value {
    json!({ TYPE_KEYWORD: name })
}

/// Returns whether the name of a type says nothing about its values, or about values inside them.
pub(super) fn has_unknown(schema: &Value) -> bool {
    let Value::Object(members) = schema else {
        return false;
    };
    members.contains_key(TYPE_KEYWORD)
        || ["items", "additionalProperties"]
            .iter()
            .any(|inner| members.get(*inner).is_some_and(has_unknown))
}

/// Replaces the unknown parts of a schema by the same parts of `other`.
pub(super) fn complete(schema: &mut Value, other: Value) {
    let (Value::Object(members), Value::Object(mut others)) = (schema, other) else {
        return;
    };
    if members.remove(TYPE_KEYWORD).is_some() {
        members.extend(others);
        return;
    }
    if let Some(definitions) = others.remove("definitions") {
        members.insert("definitions".to_owned(), definitions);
    }
    for inner in ["items", "additionalProperties"] {
        if let (Some(member), Some(other)) = (members.get_mut(inner), others.remove(inner)) {
            complete(member, other);
        }
    }
}

/// Returns the members of a schema of an object, or `None` for a schema of another kind.
pub(super) fn members(schema: &Value) -> Option<&Map<String, Value>> {
    schema.get("properties")?.as_object()
}
