//! The plan that follows from sources.

use serde_json::json;

use super::{EventUse, Sources, UseKind, merge_rules, merge_schemas};
use crate::model::{Plan, Rule};
use crate::vocabulary::{CONVERSATION_EVENTS, add_ids, add_opt_in, spec_rule};

impl Sources {
    /// Returns the plan of the events that were found.
    ///
    /// The plan contains the structs that derive `TrackEvent`, custom events with literal names,
    /// the spec's events that the sources send, and the properties that attributes and calls add to
    /// them. The types of fields follow from the sources alone, so a type that the sources do not
    /// define allows every value. `copilot_track::plan!` takes them from the compiler instead.
    #[must_use]
    pub fn plan(&self) -> Plan {
        let mut plan = Plan::new();
        for used in self.derives() {
            let Some(name) = used.event() else { continue };
            let mut rule = used.rule(name);
            if let Some(other) = plan.event(name) {
                merge_rules(&mut rule, other);
            }
            plan.insert(rule);
        }
        self.add_to(&mut plan);
        plan
    }

    /// Adds everything except derived events, and the ids that the library adds to each event.
    pub(crate) fn add_to(&self, plan: &mut Plan) {
        if !self.uses.is_empty() {
            for name in CONVERSATION_EVENTS {
                plan.event_mut(name, || new_rule(name));
            }
        }
        let others = self.uses.iter().filter(|used| used.kind != UseKind::Derive);
        for used in others {
            let Some(name) = used.event() else { continue };
            let Some(rule) = plan.event_mut(name, || new_rule(name)) else {
                continue;
            };
            add_properties(rule, used);
            if rule.location().is_none() {
                rule.set_location(used.location.clone());
            }
        }
        for rule in plan.rules_mut() {
            if spec_rule(rule.key()).is_none() {
                add_ids(rule);
            }
        }
    }

    /// Returns the structs that derive `TrackEvent`.
    pub(crate) fn derives(&self) -> impl Iterator<Item = &EventUse> {
        self.uses.iter().filter(|used| used.kind == UseKind::Derive)
    }
}

/// Returns the rule of an event without the properties that calls add.
fn new_rule(name: &str) -> Rule {
    let mut rule = spec_rule(name).unwrap_or_else(|| Rule::track(name));
    // The library adds this property without being asked.
    add_opt_in(&mut rule, "completion");
    rule
}

/// Adds the properties that one place adds to an event. They are optional, because other places
/// may send the event without them.
fn add_properties(rule: &mut Rule, used: &EventUse) {
    for property in &used.properties {
        let existing = rule
            .field(&property.name)
            .map(|field| (field.schema.json().clone(), field.is_required));
        if let Some((schema, is_required)) = existing {
            let schema = merge_schemas(&schema, &property.schema);
            rule.set_field(&property.name, schema, is_required);
        } else {
            rule.set_field(&property.name, property.schema.clone(), false);
            // Gives the property its documented type and description.
            add_opt_in(rule, &property.name);
        }
    }
}

impl EventUse {
    /// Returns the rule of a struct that derives `TrackEvent`.
    fn rule(&self, name: &str) -> Rule {
        let mut rule = Rule::track(name);
        if let Some(text) = &self.description {
            rule.set_description(text);
        }
        rule.set_location(self.location.clone());
        for property in &self.properties {
            rule.set_field(
                &property.name,
                property.schema.clone(),
                property.is_required,
            );
        }
        if self.is_open {
            rule.set_fields_keyword("additionalProperties", json!(true));
        }
        rule
    }

    /// Creates a use without a name and properties.
    #[cfg(any(test, feature = "scan"))]
    pub(crate) fn new(kind: UseKind, item: &str, location: crate::model::Location) -> Self {
        Self {
            kind,
            event: None,
            item: item.to_owned(),
            description: None,
            properties: Vec::new(),
            is_open: false,
            location,
        }
    }

    /// Adds a property of which the sources show `schema`.
    #[cfg(any(test, feature = "scan"))]
    pub(crate) fn add(
        &mut self,
        name: &str,
        schema: serde_json::Value,
        location: crate::model::Location,
    ) {
        self.properties.push(super::UsedProperty {
            name: name.to_owned(),
            schema,
            is_required: false,
            location,
        });
    }
}
