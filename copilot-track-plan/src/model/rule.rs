//! A rule of a plan.

use serde_json::{Map, Value, json};

use super::{DRAFT_07, Location, RuleType, Schema};

/// A rule: the JSON Schema of one version of an event, or of the calls of one type.
///
/// The schema describes a whole call. The properties of an event are in
/// `properties.properties`, and the traits of a user are in `properties.traits`, as in Segment's
/// Public API.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    kind: RuleType,
    key: String,
    version: u64,
    schema: Map<String, Value>,
    location: Option<Location>,
}

/// A property or a trait of a rule.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Field<'a> {
    /// The name.
    pub name: &'a str,
    /// The schema.
    pub schema: Schema<'a>,
    /// Whether the field must be present.
    pub is_required: bool,
}

impl Rule {
    /// Creates a rule from the schema of a whole call. The schema is not validated.
    pub fn new(
        rule_type: RuleType,
        key: impl Into<String>,
        version: u64,
        schema: Map<String, Value>,
    ) -> Self {
        Self {
            kind: rule_type,
            key: key.into(),
            version,
            schema,
            location: None,
        }
    }

    /// Creates version 1 of an event without properties.
    pub fn track(name: impl Into<String>) -> Self {
        let mut schema = Map::new();
        schema.insert("$schema".to_owned(), DRAFT_07.into());
        schema.insert("type".to_owned(), "object".into());
        schema.insert(
            "properties".to_owned(),
            json!({ "properties": { "type": "object", "properties": {} } }),
        );
        Self::new(RuleType::Track, name, 1, schema)
    }

    /// Returns the type.
    #[must_use]
    pub fn rule_type(&self) -> RuleType {
        self.kind
    }

    /// Returns the name of the event. Rules of other types usually have an empty key.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Returns the version. The first version is 1.
    #[must_use]
    pub fn version(&self) -> u64 {
        self.version
    }

    /// Returns the name for messages: the name of the event, or the type of the rule.
    #[must_use]
    pub fn title(&self) -> &str {
        if self.key.is_empty() {
            self.kind.as_str()
        } else {
            &self.key
        }
    }

    /// Returns the JSON Schema of a whole call.
    #[must_use]
    pub fn schema(&self) -> &Map<String, Value> {
        &self.schema
    }

    /// Returns the description.
    #[must_use]
    pub fn description(&self) -> Option<&str> {
        let text = self.schema.get("description")?.as_str()?;
        (!text.trim().is_empty()).then_some(text)
    }

    /// Sets the description.
    pub fn set_description(&mut self, text: impl Into<String>) {
        self.schema
            .insert("description".to_owned(), Value::String(text.into()));
    }

    /// Returns the place in the sources where the event is defined, if it is known.
    #[must_use]
    pub fn location(&self) -> Option<&Location> {
        self.location.as_ref()
    }

    /// Sets the place in the sources where the event is defined.
    pub fn set_location(&mut self, location: Location) {
        self.location = Some(location);
    }

    /// Returns the schema of the object that contains the fields.
    #[must_use]
    pub fn fields_schema(&self) -> Option<Schema<'_>> {
        let members = self.schema.get("properties")?.as_object()?;
        let schema = members.get(self.kind.member())?;
        Some(Schema::new(schema, &self.schema))
    }

    /// Returns the properties of the event, or the traits.
    pub fn fields(&self) -> impl Iterator<Item = Field<'_>> {
        let schema = self.fields_schema();
        let properties = schema.map(|schema| schema.properties());
        properties
            .into_iter()
            .flatten()
            .map(|(name, schema, is_required)| Field {
                name,
                schema,
                is_required,
            })
    }

    /// Returns the field with the given name.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<Field<'_>> {
        self.fields().find(|field| field.name == name)
    }

    /// Adds or replaces a field. A required field makes `properties` (or `traits`) required too.
    pub fn set_field(&mut self, name: &str, schema: Value, is_required: bool) {
        let member = self.kind.member();
        let fields = object(object(&mut self.schema, "properties"), member);
        if !fields.contains_key("type") {
            fields.insert("type".to_owned(), "object".into());
        }
        object(fields, "properties").insert(name.to_owned(), schema);
        set_required(fields, name, is_required);
        if is_required {
            set_required(&mut self.schema, member, true);
        }
    }

    /// Sets a keyword of the schema of the object that contains the fields.
    pub(crate) fn set_fields_keyword(&mut self, name: &str, value: Value) {
        let member = self.kind.member();
        let fields = object(object(&mut self.schema, "properties"), member);
        fields.insert(name.to_owned(), value);
    }
}

/// Returns the object at `key`. Inserts an empty one if there is none.
fn object<'a>(parent: &'a mut Map<String, Value>, key: &str) -> &'a mut Map<String, Value> {
    let value = parent
        .entry(key)
        .and_modify(|value| {
            if !value.is_object() {
                *value = Value::Object(Map::new());
            }
        })
        .or_insert_with(|| Value::Object(Map::new()));
    match value {
        Value::Object(members) => members,
        _ => unreachable!("the value was made an object"),
    }
}

/// Adds a name to `required` in sorted order, or removes it.
fn set_required(schema: &mut Map<String, Value>, name: &str, is_required: bool) {
    let mut names: Vec<Value> = match schema.remove("required") {
        Some(Value::Array(names)) => names,
        _ => Vec::new(),
    };
    names.retain(|other| other != name);
    if is_required {
        names.push(name.into());
        names.sort_by(|a, b| a.as_str().cmp(&b.as_str()));
    }
    if !names.is_empty() {
        schema.insert("required".to_owned(), Value::Array(names));
    }
}
