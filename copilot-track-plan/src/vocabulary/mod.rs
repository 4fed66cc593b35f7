//! The events of Segment's *Spec: AI Copilot*, and the properties that `copilot-track` can add to
//! them.

mod opt_in;
mod spec;

use serde_json::{Map, Value, json};

pub use opt_in::{OPT_IN_PROPERTIES, OptInProperty};
pub(crate) use spec::{CONVERSATION_ID, MESSAGE_ID};
use spec::{EVENTS, EventSpec, PropertySpec};

use crate::model::Rule;

/// The events that a conversation sends without an explicit call or attribute for each of them.
pub(crate) const CONVERSATION_EVENTS: &[&str] = &[
    "Conversation Started",
    "Message Sent",
    "Message Received",
    "Conversation Ended",
];

/// Returns whether the spec defines an event with this name. Case and surrounding whitespace are
/// ignored, as in `copilot-track`.
#[must_use]
pub fn is_spec_event(name: &str) -> bool {
    EVENTS
        .iter()
        .any(|event| event.name.eq_ignore_ascii_case(name.trim()))
}

/// Returns the rule of one of the spec's events, without opt-in properties. `None` if the spec does
/// not define the event.
#[must_use]
pub fn spec_rule(name: &str) -> Option<Rule> {
    let spec = EVENTS.iter().find(|event| event.name == name)?;
    Some(rule(spec))
}

/// Adds the ids of the conversation and the message, which the library adds to every event inside
/// a conversation, if the rule does not have them.
pub(crate) fn add_ids(rule: &mut Rule) {
    for property in [&CONVERSATION_ID, &MESSAGE_ID] {
        if rule.field(property.name).is_none() {
            rule.set_field(property.name, schema(property), false);
        }
    }
}

/// Adds an opt-in property to the rule of one of the spec's events, if the event can have it.
pub(crate) fn add_opt_in(rule: &mut Rule, name: &str) {
    let property = OPT_IN_PROPERTIES
        .iter()
        .find(|property| property.name == name && property.events.contains(&rule.key()));
    if let Some(property) = property {
        let schema = json!({ "type": property.json_type, "description": property.description });
        rule.set_field(name, schema, false);
    }
}

/// Returns the names of the properties that a report of a model's usage can add.
#[cfg(any(test, feature = "scan"))]
pub(crate) fn usage_properties() -> impl Iterator<Item = &'static str> {
    let names = OPT_IN_PROPERTIES.iter().map(|property| property.name);
    // These properties have other sources.
    names.filter(|name| {
        !matches!(
            *name,
            "duration_ms" | "first_chunk_ms" | "outcome" | "error_type" | "completion" | "ended_by"
        )
    })
}

fn rule(spec: &EventSpec) -> Rule {
    let mut rule = Rule::track(spec.name);
    rule.set_description(spec.description);
    for property in spec.properties {
        rule.set_field(property.name, schema(property), property.is_required);
    }
    rule
}

fn schema(property: &PropertySpec) -> Value {
    let mut schema = Map::new();
    schema.insert("type".to_owned(), property.json_type.into());
    schema.insert("description".to_owned(), property.description.into());
    Value::Object(schema)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_have_the_required_properties_of_the_spec() {
        let rule = spec_rule("Action Invoked").unwrap();
        let required = rule.fields().filter(|field| field.is_required);
        let required: Vec<_> = required.map(|field| field.name).collect();
        assert_eq!(required, ["action", "conversationId", "messageId", "type"]);
        assert!(is_spec_event("message sent"));
        assert!(!is_spec_event("Item Purchased"));
    }

    #[test]
    fn opt_in_properties_belong_to_their_events() {
        let mut rule = spec_rule("Action Invoked").unwrap();
        add_opt_in(&mut rule, "outcome");
        add_opt_in(&mut rule, "cost_usd");
        assert!(rule.field("outcome").is_some());
        assert!(rule.field("cost_usd").is_none());
        assert!(usage_properties().any(|name| name == "cost_usd"));
        assert!(usage_properties().all(|name| name != "outcome"));
    }
}
