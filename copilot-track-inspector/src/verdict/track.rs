//! Checks the name and the properties of a Track call against the spec.

use copilot_track_ingest::{CallKind, JsonObject, JsonValue};

use super::{
    code::FindingCode,
    dates,
    findings::{Severity, Verdict},
    names::{is_near, nearest},
    opt_in,
    source::FindingSource,
    spec::{self, EVENTS, EventSpec, Presence, PropertySpec},
    values::{add_mistyped, check_opt_in, check_planned, check_reserved_names, shortened},
};
use crate::text::is_blank;

/// Names that are often used instead of a name in the spec, although they are spelled differently.
const SYNONYMS: &[(&str, &[&str])] = &[("message_body", &["text", "body", "content"])];

pub(super) fn check(call: &JsonObject<'_>, verdict: &mut Verdict) {
    let name = match call.get("event") {
        Some(JsonValue::String(name)) if !is_blank(name) => name,
        Some(JsonValue::String(_) | JsonValue::Null) | None => {
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
    let none = JsonObject::default();
    let properties = match call.get("properties") {
        Some(JsonValue::Object(properties)) => properties,
        None | Some(JsonValue::Null) => &none,
        Some(_) => {
            return verdict.add_from(
                FindingSource::TrackingApi,
                Severity::Error,
                FindingCode::MistypedProperty,
                "properties",
                "`properties` is not an object",
            );
        }
    };
    if let Some(known) = spec::event(name) {
        check_known_event(known, call, properties, verdict);
    } else if let Some(expected) = nearest(name, EVENTS.iter().map(|known| known.name)) {
        // The guess can be wrong, so the event is not checked as the event that was probably meant.
        verdict.add(
            Severity::Warning,
            FindingCode::MisspelledEvent,
            "event",
            format!(
                "`{}` is not in the spec; did you mean `{expected}`?",
                shortened(name)
            ),
        );
    } else {
        check_custom_event(properties, verdict);
    }
    dates::check("properties", properties, verdict);
    check_reserved_names(properties, verdict);
}

/// Checks an event that the spec defines.
fn check_known_event(
    known: &EventSpec,
    call: &JsonObject<'_>,
    properties: &JsonObject<'_>,
    verdict: &mut Verdict,
) {
    let names = || known.properties.iter().map(|property| property.name);
    let mut guessed = Vec::new();
    for (name, value) in properties.iter() {
        if names().any(|known| known == name) {
            continue;
        }
        if let Some(property) = opt_in::find(known.name, name) {
            check_opt_in(property, value, verdict);
            continue;
        }
        let absent = || names().filter(|known| !properties.contains_key(known));
        if let Some(expected) = nearest(name, absent()).or_else(|| synonym(name, absent())) {
            guessed.push(expected);
            add_guess(name, expected, verdict);
        } else {
            verdict.add(
                Severity::Note,
                FindingCode::UnplannedProperty,
                format!("properties.{}", shortened(name)),
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
            check_planned(property, value, verdict);
        } else if guessed.contains(&name) {
            // The question about the other name covers the missing property.
        } else if call.get(name).is_some_and(|value| !is_own(name, value)) {
            verdict.add(
                Severity::Warning,
                FindingCode::MisplacedProperty,
                name,
                format!("`{name}` is outside `properties`; move it into `properties`"),
            );
        } else {
            add_missing_property(known, property, verdict);
        }
    }
}

/// Returns the name in `absent` of which `name` is a synonym.
fn synonym(name: &str, mut absent: impl Iterator<Item = &'static str>) -> Option<&'static str> {
    let (expected, _) = SYNONYMS.iter().find(|(_, others)| others.contains(&name))?;
    absent.find(|absent| absent == expected)
}

/// Returns whether a member of the call belongs to the call itself, although a property has the
/// same name. The spec's examples contain `action` in place of `type`.
fn is_own(name: &str, value: &JsonValue<'_>) -> bool {
    match name {
        "messageId" => true,
        "type" | "action" => CallKind::ALL
            .iter()
            .any(|kind| value.as_str() == Some(kind.as_str())),
        _ => false,
    }
}

/// Asks whether a property was meant to have another name.
fn add_guess(name: &str, expected: &str, verdict: &mut Verdict) {
    let name = shortened(name);
    verdict.add(
        Severity::Warning,
        FindingCode::MisspelledProperty,
        format!("properties.{name}"),
        format!("`{name}` is not in the spec; did you mean `{expected}`?"),
    );
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

/// Checks an event that is not in the spec.
fn check_custom_event(properties: &JsonObject<'_>, verdict: &mut Verdict) {
    for name in ["conversationId", "messageId"] {
        let path = format!("properties.{name}");
        match properties.get(name) {
            Some(JsonValue::String(id)) if !is_blank(id) => {}
            Some(JsonValue::String(_)) => verdict.add(
                Severity::Error,
                FindingCode::MissingProperty,
                path,
                format!("`{name}` is blank"),
            ),
            Some(value) if !value.is_null() => add_mistyped(name, value, "a string", verdict),
            _ => {
                if let Some(near) = properties
                    .iter()
                    .map(|(key, _)| key)
                    .find(|key| is_near(key, name))
                {
                    add_guess(near, name, verdict);
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
