//! The properties that `copilot-track` can add to the spec's events. They are documented in
//! `docs/properties.md`. A tracking plan can contain them, so they are not reported as unplanned.

/// A property that `copilot-track` can add.
#[derive(Debug)]
pub(super) struct OptInProperty {
    pub(super) name: &'static str,
    pub(super) value: OptInValue,
    /// The names of the events that can have the property.
    pub(super) events: &'static [&'static str],
}

/// The values that an opt-in property can have.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum OptInValue {
    String,
    /// An amount, which is not negative.
    Number,
    /// A count, which is a whole number and not negative.
    Integer,
}

const RECEIVED: &[&str] = &["Message Received"];
const INVOKED: &[&str] = &["Action Invoked"];
const BOTH: &[&str] = &["Message Received", "Action Invoked"];

const fn property(
    name: &'static str,
    value: OptInValue,
    events: &'static [&'static str],
) -> OptInProperty {
    OptInProperty {
        name,
        value,
        events,
    }
}

pub(super) const OPT_IN: &[OptInProperty] = &[
    property("duration_ms", OptInValue::Number, BOTH),
    property("first_chunk_ms", OptInValue::Number, RECEIVED),
    property("first_token_ms", OptInValue::Number, RECEIVED),
    property("outcome", OptInValue::String, INVOKED),
    property("error_type", OptInValue::String, INVOKED),
    property("completion", OptInValue::String, RECEIVED),
    property("ended_by", OptInValue::String, &["Conversation Ended"]),
    property("provider", OptInValue::String, RECEIVED),
    property("model", OptInValue::String, RECEIVED),
    property("input_tokens", OptInValue::Integer, RECEIVED),
    property("output_tokens", OptInValue::Integer, RECEIVED),
    property("cached_input_tokens", OptInValue::Integer, RECEIVED),
    property("reasoning_tokens", OptInValue::Integer, RECEIVED),
    property("cost_usd", OptInValue::Number, RECEIVED),
    property("finish_reason", OptInValue::String, RECEIVED),
];

/// Returns the opt-in property with this name, if the event can have it.
pub(super) fn find(event: &str, name: &str) -> Option<&'static OptInProperty> {
    OPT_IN
        .iter()
        .find(|property| property.name == name && property.events.contains(&event))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_matches_the_properties_of_copilot_track() {
        let known: Vec<_> = OPT_IN
            .iter()
            .map(|property| {
                let json_type = match property.value {
                    OptInValue::String => "string",
                    OptInValue::Number => "number",
                    OptInValue::Integer => "integer",
                };
                (property.name, json_type, property.events.to_vec())
            })
            .collect();
        let sent: Vec<_> = copilot_track::OPT_IN_PROPERTIES
            .iter()
            .map(|property| (property.name, property.json_type, property.events.to_vec()))
            .collect();
        assert_eq!(known, sent);
    }
}
