//! Checks the name and the properties of a Track call against the spec.

use serde_json::{Map, Value};

use super::{
    findings::{FindingCode, Severity, Verdict},
    names::{is_near, nearest},
    spec::{self, EVENTS, EventSpec, Presence, PropertySpec, PropertyType},
};

/// The names of columns that warehouses add to each table.
const RESERVED: &[&str] = &[
    "id",
    "anonymous_id",
    "context",
    "event",
    "event_text",
    "original_timestamp",
    "received_at",
    "sent_at",
    "timestamp",
    "user_id",
    "uuid",
    "uuid_ts",
];

pub(super) fn check(call: &Map<String, Value>, verdict: &mut Verdict) {
    let name = match call.get("event") {
        Some(Value::String(name)) if !name.trim().is_empty() => name,
        Some(Value::String(_) | Value::Null) | None => {
            return verdict.reject(
                FindingCode::MissingEvent,
                "event",
                "a Track call needs `event`, the event's name",
            );
        }
        Some(_) => {
            return verdict.reject(
                FindingCode::MissingEvent,
                "event",
                "`event` is not a string, so Segment rejects the call",
            );
        }
    };
    let none = Map::new();
    let properties = match call.get("properties") {
        Some(Value::Object(properties)) => properties,
        None | Some(Value::Null) => &none,
        Some(_) => {
            return verdict.add(
                Severity::Error,
                FindingCode::MistypedProperty,
                "properties",
                "`properties` is not an object",
            );
        }
    };
    let known = spec::event(name).or_else(|| {
        let expected = nearest(name, EVENTS.iter().map(|known| known.name))?;
        verdict.add(
            Severity::Warning,
            FindingCode::MisspelledEvent,
            "event",
            format!(
                "`{}` is not in the spec; did you mean `{expected}`?",
                shortened(name)
            ),
        );
        spec::event(expected)
    });
    match known {
        Some(known) => check_known_event(known, call, properties, verdict),
        None => check_custom_event(properties, verdict),
    }
    check_reserved_names(properties, verdict);
}

/// Checks an event that the spec defines.
fn check_known_event(
    known: &EventSpec,
    call: &Map<String, Value>,
    properties: &Map<String, Value>,
    verdict: &mut Verdict,
) {
    let names = || known.properties.iter().map(|property| property.name);
    let mut misspelled = Vec::new();
    for name in properties.keys() {
        if names().any(|known| known == name) {
            continue;
        }
        let absent = names().filter(|known| !properties.contains_key(*known));
        let path = format!("properties.{}", shortened(name));
        if let Some(expected) = nearest(name, absent) {
            misspelled.push(expected);
            verdict.add(
                Severity::Warning,
                FindingCode::MisspelledProperty,
                path,
                format!(
                    "`{}` is not in the spec; did you mean `{expected}`?",
                    shortened(name)
                ),
            );
        } else {
            verdict.add(
                Severity::Note,
                FindingCode::UnplannedProperty,
                path,
                format!(
                    "in the spec, {} has no `{}`; a strict tracking plan blocks it",
                    known.name,
                    shortened(name)
                ),
            );
        }
    }
    for property in known.properties {
        let name = property.name;
        if let Some(value) = properties.get(name).filter(|value| !value.is_null()) {
            check_type(property, value, verdict);
        } else if call.contains_key(name) && name != "messageId" {
            verdict.add(
                Severity::Warning,
                FindingCode::MisplacedProperty,
                name,
                format!("`{name}` is outside `properties`; move it into `properties`"),
            );
        } else if !misspelled.contains(&name) {
            add_missing_property(known, property, verdict);
        }
    }
}

fn add_missing_property(known: &EventSpec, property: &PropertySpec, verdict: &mut Verdict) {
    let (name, path) = (property.name, format!("properties.{}", property.name));
    let (severity, message) = match property.presence {
        Presence::Optional => return,
        Presence::Required => (Severity::Error, format!("{} needs `{name}`", known.name)),
        Presence::Recommended if name == "messageId" => (
            Severity::Note,
            format!(
                "without `{name}`, the rating applies to the whole conversation, not to a message"
            ),
        ),
        Presence::Recommended => (
            Severity::Note,
            format!(
                "the spec lists `{name}` in its overview but not in its details; add it to {}",
                known.name
            ),
        ),
    };
    verdict.add(severity, FindingCode::MissingProperty, path, message);
}

fn check_type(property: &PropertySpec, value: &Value, verdict: &mut Verdict) {
    let path = || format!("properties.{}", property.name);
    let name = property.name;
    match (property.value_type, value) {
        (PropertyType::String, Value::String(text)) if text.is_empty() && name.ends_with("Id") => {
            verdict.add(
                Severity::Error,
                FindingCode::MissingProperty,
                path(),
                format!("`{name}` is empty"),
            );
        }
        (PropertyType::String, Value::String(_)) | (PropertyType::Number, Value::Number(_)) => {}
        (PropertyType::String, _) => verdict.add(
            Severity::Error,
            FindingCode::MistypedProperty,
            path(),
            format!("`{name}` is {}: expected a string", json_type(value)),
        ),
        (PropertyType::Number, _) => verdict.add(
            Severity::Error,
            FindingCode::MistypedProperty,
            path(),
            format!("`{name}` is {}: expected a number", json_type(value)),
        ),
    }
}

/// Checks an event that is not in the spec.
fn check_custom_event(properties: &Map<String, Value>, verdict: &mut Verdict) {
    for name in ["conversationId", "messageId"] {
        let path = format!("properties.{name}");
        match properties.get(name) {
            Some(Value::String(_)) => {}
            Some(value) if !value.is_null() => verdict.add(
                Severity::Error,
                FindingCode::MistypedProperty,
                path,
                format!("`{name}` is {}: expected a string", json_type(value)),
            ),
            _ => {
                let near = properties.keys().find(|key| is_near(key, name));
                if let Some(near) = near {
                    verdict.add(
                        Severity::Warning,
                        FindingCode::MisspelledProperty,
                        format!("properties.{}", shortened(near)),
                        format!(
                            "`{}` is not in the spec; did you mean `{name}`?",
                            shortened(near)
                        ),
                    );
                } else if name == "conversationId" {
                    verdict.add(
                        Severity::Note,
                        FindingCode::MissingProperty,
                        path,
                        "without `conversationId`, the event belongs to no conversation",
                    );
                }
            }
        }
    }
}

/// Checks properties whose names have a meaning for Segment or its destinations.
fn check_reserved_names(properties: &Map<String, Value>, verdict: &mut Verdict) {
    for (name, value) in properties {
        let path = || format!("properties.{name}");
        match name.as_str() {
            "revenue" | "value" if !value.is_number() => verdict.add(
                Severity::Warning,
                FindingCode::ReservedProperty,
                path(),
                format!("`{name}` is {}: Segment reserves this name for an amount of money and expects a number", json_type(value)),
            ),
            "currency" if !value.as_str().is_some_and(is_currency) => verdict.add(
                Severity::Warning,
                FindingCode::ReservedProperty,
                path(),
                "`currency` is not a currency code: Segment reserves it for ISO 4217 codes such as USD",
            ),
            name if RESERVED.contains(&name) => verdict.add(
                Severity::Note,
                FindingCode::ReservedProperty,
                path(),
                format!("warehouses have their own column `{name}` and discard a property with this name; rename it"),
            ),
            _ => {}
        }
    }
}

fn is_currency(text: &str) -> bool {
    text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_alphabetic())
}

fn json_type(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

/// Truncates a name to 80 characters.
fn shortened(name: &str) -> String {
    match name.char_indices().nth(80) {
        Some((end, _)) => format!("{}…", name.get(..end).unwrap_or_default()),
        None => name.to_owned(),
    }
}
