//! Checks the values of properties.

use copilot_track_ingest::{JsonObject, JsonValue};

use super::{
    code::FindingCode,
    findings::{Severity, Verdict},
    opt_in::{OptInProperty, OptInValue},
    source::FindingSource,
    spec::{PropertySpec, PropertyType},
};
use crate::text::is_blank;

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

/// Checks the value of a property that the spec defines.
pub(super) fn check_planned(property: &PropertySpec, value: &JsonValue<'_>, verdict: &mut Verdict) {
    let name = property.name;
    match (property.value_type, value) {
        (PropertyType::String, JsonValue::String(text)) => {
            // A message without text is valid.
            if is_blank(text) && name != "message_body" {
                add_blank(name, verdict);
            }
        }
        (PropertyType::String, _) => add_mistyped(name, value, "a string", verdict),
        (PropertyType::Number | PropertyType::Count, JsonValue::Number(number)) => {
            if property.value_type == PropertyType::Count && !is_count(number) {
                add_not_a_count(name, verdict);
            }
        }
        (PropertyType::Number | PropertyType::Count, _) => {
            add_mistyped(name, value, "a number", verdict);
        }
    }
}

fn add_blank(name: &str, verdict: &mut Verdict) {
    let path = format!("properties.{name}");
    if name == "role" {
        return verdict.add(
            Severity::Warning,
            FindingCode::InvalidValue,
            path,
            "`role` is blank; leave it out to use the default",
        );
    }
    verdict.add(
        Severity::Error,
        FindingCode::MissingProperty,
        path,
        format!("`{name}` is blank"),
    );
}

/// Checks the value of a property that `copilot-track` can add.
pub(super) fn check_opt_in(property: &OptInProperty, value: &JsonValue<'_>, verdict: &mut Verdict) {
    let name = property.name;
    match (property.value, value) {
        (_, JsonValue::Null) | (OptInValue::String, JsonValue::String(_)) => {}
        (OptInValue::Integer, JsonValue::Number(number)) => {
            if !is_count(number) {
                add_not_a_count(name, verdict);
            }
        }
        (OptInValue::Number, JsonValue::Number(number)) => {
            if number.as_f64().is_some_and(|number| number < 0.0) {
                verdict.add(
                    Severity::Warning,
                    FindingCode::InvalidValue,
                    format!("properties.{name}"),
                    format!("`{name}` is negative"),
                );
            }
        }
        (OptInValue::String, _) => add_mistyped(name, value, "a string", verdict),
        (OptInValue::Number | OptInValue::Integer, _) => {
            add_mistyped(name, value, "a number", verdict);
        }
    }
}

/// Returns whether a number is whole and not negative. A float such as `4.0` is whole.
fn is_count(number: &serde_json::Number) -> bool {
    number.is_u64()
        || number
            .as_f64()
            .is_some_and(|number| number >= 0.0 && number.fract() == 0.0)
}

fn add_not_a_count(name: &str, verdict: &mut Verdict) {
    verdict.add(
        Severity::Error,
        FindingCode::InvalidValue,
        format!("properties.{name}"),
        format!("`{name}` is not a count: expected a whole number that is not negative"),
    );
}

pub(super) fn add_mistyped(
    name: &str,
    value: &JsonValue<'_>,
    expected: &str,
    verdict: &mut Verdict,
) {
    verdict.add(
        Severity::Error,
        FindingCode::MistypedProperty,
        format!("properties.{name}"),
        format!("`{name}` is {}: expected {expected}", json_type(value)),
    );
}

/// Checks properties whose names have a meaning for Segment or its destinations.
pub(super) fn check_reserved_names(properties: &JsonObject<'_>, verdict: &mut Verdict) {
    for (name, value) in properties.iter() {
        let path = || format!("properties.{name}");
        match name {
            "revenue" | "value" if value.as_number().is_none() => verdict.add_from(
                FindingSource::TrackingApi,
                Severity::Warning,
                FindingCode::ReservedProperty,
                path(),
                format!("`{name}` is {}: Segment reserves this name for an amount of money and expects a number", json_type(value)),
            ),
            "currency" if !value.as_str().is_some_and(is_currency) => verdict.add_from(
                FindingSource::TrackingApi,
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

fn json_type(value: &JsonValue<'_>) -> &'static str {
    match value {
        JsonValue::Null => "null",
        JsonValue::Bool(_) => "a boolean",
        JsonValue::Number(_) => "a number",
        JsonValue::String(_) => "a string",
        JsonValue::Array(_) => "an array",
        JsonValue::Object(_) => "an object",
    }
}

/// Truncates a name to 80 characters.
pub(super) fn shortened(name: &str) -> String {
    match name.char_indices().nth(80) {
        Some((end, _)) => format!("{}…", name.get(..end).unwrap_or_default()),
        None => name.to_owned(),
    }
}
