//! A Track call against the spec: its name, and its properties.

use serde_json::{Map, Value};

use super::{
    findings::{FindingCode, Severity, Verdict},
    names::{is_near, nearest},
    spec::{self, EVENTS, EventSpec, Presence, PropertySpec, PropertyType},
};

/// What warehouses name columns of their own; a property of that name is lost there.
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
                "a Track call needs the name of its event in `event`",
            );
        }
        Some(_) => {
            return verdict.reject(
                FindingCode::MissingEvent,
                "event",
                "`event` is no string, so Segment does not take the call",
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
                "`properties` is no object",
            );
        }
    };
    let known = spec::known(name).or_else(|| {
        let right = nearest(name, EVENTS.iter().map(|known| known.name))?;
        verdict.add(
            Severity::Warning,
            FindingCode::MisspelledEvent,
            "event",
            format!(
                "`{}` is not in the spec; it is spelt `{right}`",
                shortened(name)
            ),
        );
        spec::known(right)
    });
    match known {
        Some(known) => check_known_event(known, call, properties, verdict),
        None => check_custom_event(properties, verdict),
    }
    check_reserved_names(properties, verdict);
}

/// An event of the spec.
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
        if let Some(right) = nearest(name, absent) {
            misspelled.push(right);
            verdict.add(
                Severity::Warning,
                FindingCode::MisspelledProperty,
                path,
                format!(
                    "`{}` is not in the spec; it is spelt `{right}`",
                    shortened(name)
                ),
            );
        } else {
            verdict.add(
                Severity::Note,
                FindingCode::UnplannedProperty,
                path,
                format!(
                    "{} has no `{}` in the spec; a strict tracking plan blocks it",
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
                format!("`{name}` stands beside `properties`; it belongs inside"),
            );
        } else if !misspelled.contains(&name) {
            add_missing_property(known, property, verdict);
        }
    }
}

fn add_missing_property(known: &EventSpec, property: &PropertySpec, verdict: &mut Verdict) {
    let (name, path) = (property.name, format!("properties.{}", property.name));
    let (severity, message) = match property.need {
        Presence::Optional => return,
        Presence::Required => (Severity::Error, format!("{} needs `{name}`", known.name)),
        Presence::Recommended if name == "messageId" => (
            Severity::Note,
            format!("without `{name}` the whole conversation is rated, not a message"),
        ),
        Presence::Recommended => (
            Severity::Note,
            format!(
                "the spec's table lists `{name}`, its details do not; {} is better with it",
                known.name
            ),
        ),
    };
    verdict.add(severity, FindingCode::MissingProperty, path, message);
}

fn check_type(property: &PropertySpec, value: &Value, verdict: &mut Verdict) {
    let path = || format!("properties.{}", property.name);
    let name = property.name;
    match (property.kind, value) {
        (PropertyType::Text, Value::String(text)) if text.is_empty() && name.ends_with("Id") => {
            verdict.add(
                Severity::Error,
                FindingCode::MissingProperty,
                path(),
                format!("`{name}` is empty"),
            );
        }
        (PropertyType::Text, Value::String(_)) | (PropertyType::Number, Value::Number(_)) => {}
        (PropertyType::Text, _) => verdict.add(
            Severity::Error,
            FindingCode::MistypedProperty,
            path(),
            format!("`{name}` is {}; the spec's is a string", json_type(value)),
        ),
        (PropertyType::Number, _) => verdict.add(
            Severity::Error,
            FindingCode::MistypedProperty,
            path(),
            format!("`{name}` is {}; the spec's is a number", json_type(value)),
        ),
    }
}

/// A Standard Track call.
fn check_custom_event(properties: &Map<String, Value>, verdict: &mut Verdict) {
    for name in ["conversationId", "messageId"] {
        let path = format!("properties.{name}");
        match properties.get(name) {
            Some(Value::String(_)) => {}
            Some(value) if !value.is_null() => verdict.add(
                Severity::Error,
                FindingCode::MistypedProperty,
                path,
                format!("`{name}` is {}; the spec's is a string", json_type(value)),
            ),
            _ => {
                let near = properties.keys().find(|key| is_near(key, name));
                if let Some(near) = near {
                    verdict.add(
                        Severity::Warning,
                        FindingCode::MisspelledProperty,
                        format!("properties.{}", shortened(near)),
                        format!(
                            "`{}` is not in the spec; it is spelt `{name}`",
                            shortened(near)
                        ),
                    );
                } else if name == "conversationId" {
                    verdict.add(
                        Severity::Note,
                        FindingCode::MissingProperty,
                        path,
                        "without `conversationId` it belongs to no conversation",
                    );
                }
            }
        }
    }
}

/// Properties whose names mean something to Segment or its destinations.
fn check_reserved_names(properties: &Map<String, Value>, verdict: &mut Verdict) {
    for (name, value) in properties {
        let path = || format!("properties.{name}");
        match name.as_str() {
            "revenue" | "value" if !value.is_number() => verdict.add(
                Severity::Warning,
                FindingCode::ReservedProperty,
                path(),
                format!("Segment reserves `{name}` for an amount of money as a number; it is {}", json_type(value)),
            ),
            "currency" if !value.as_str().is_some_and(is_currency) => verdict.add(
                Severity::Warning,
                FindingCode::ReservedProperty,
                path(),
                "Segment reserves `currency` for a code of ISO 4217 such as USD",
            ),
            name if RESERVED.contains(&name) => verdict.add(
                Severity::Note,
                FindingCode::ReservedProperty,
                path(),
                format!("warehouses have a column `{name}` of their own, and drop a property of that name"),
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

/// A name from outside, not over 80 characters.
fn shortened(name: &str) -> String {
    match name.char_indices().nth(80) {
        Some((end, _)) => format!("{}…", name.get(..end).unwrap_or_default()),
        None => name.to_owned(),
    }
}
