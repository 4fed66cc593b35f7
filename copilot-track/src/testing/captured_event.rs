//! An event that a test tracker sent.

use segment::message::BatchMessage;
use serde_json::{Map, Value};

use crate::delivery::segment::{message, numbers};

/// An event that a [`TestTracker`](crate::testing::TestTracker) sent.
#[derive(Debug, Clone, PartialEq)]
pub struct CapturedEvent {
    pub(super) json: Map<String, Value>,
    pub(super) text: String,
}

impl CapturedEvent {
    /// Parses an event that was sent. Returns `None` if the JSON is not an object.
    pub(super) fn parse(json: &[u8]) -> Option<Self> {
        let text = str::from_utf8(json).ok()?.to_owned();
        let json = serde_json::from_str(&numbers::exact(&text)).ok()?;
        Some(Self { json, text })
    }

    /// Returns the name of the event. If the call is not a Track call, returns the kind of the
    /// call: `Identify`, `Page`, `Screen`, `Group`, or `Alias`.
    #[must_use]
    pub fn name(&self) -> &str {
        match self.string("type") {
            Some("identify") => "Identify",
            Some("page") => "Page",
            Some("screen") => "Screen",
            Some("group") => "Group",
            Some("alias") => "Alias",
            _ => self.string("event").unwrap_or_default(),
        }
    }

    /// Returns the names and values of the properties, or of the traits of an Identify call.
    #[must_use]
    pub fn properties(&self) -> Vec<(&str, &Value)> {
        ["properties", "traits"]
            .into_iter()
            .filter_map(|key| self.json.get(key)?.as_object())
            .flatten()
            .map(|(name, value)| (name.as_str(), value))
            .collect()
    }

    /// Returns the property or trait named `name`.
    #[must_use]
    pub fn property(&self, name: &str) -> Option<&Value> {
        let properties = self.properties();
        let (_, value) = properties.into_iter().find(|(key, _)| *key == name)?;
        Some(value)
    }

    /// Returns the id of the chat message that the event belongs to.
    #[must_use]
    pub fn message_id(&self) -> Option<&str> {
        self.property("messageId")?.as_str()
    }

    /// Returns the id of the conversation that the event belongs to.
    #[must_use]
    pub fn conversation_id(&self) -> Option<&str> {
        self.property("conversationId")?.as_str()
    }

    /// Returns the user id.
    #[must_use]
    pub fn user_id(&self) -> Option<&str> {
        self.string("userId")
    }

    /// Returns the anonymous id of the user.
    #[must_use]
    pub fn anonymous_id(&self) -> Option<&str> {
        self.string("anonymousId")
    }

    /// Returns the timestamp in ISO 8601 format.
    #[must_use]
    pub fn timestamp(&self) -> Option<&str> {
        self.string("timestamp")
    }

    /// Returns the id of the API call. This id is unrelated to [`message_id`](Self::message_id).
    #[must_use]
    pub fn envelope_id(&self) -> Option<&str> {
        self.string("messageId")
    }

    /// Returns the whole call as JSON. A number that a [`Value`] cannot hold, such as a 128-bit
    /// integer, is returned as a string.
    #[must_use]
    pub fn json(&self) -> Value {
        Value::Object(self.json.clone())
    }

    /// Returns the JSON of the call as it was sent, with every digit of its numbers.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns the call as a message of the `segment` crate.
    #[must_use]
    pub fn message(&self) -> Option<BatchMessage> {
        message::parse_exact(self.text.as_bytes())
    }

    /// Asserts the value of a property. Returns the event for further assertions.
    ///
    /// # Panics
    /// Panics if the property is missing or has a different value.
    #[track_caller]
    #[allow(clippy::must_use_candidate, reason = "called to assert")]
    pub fn assert_property(&self, name: &str, expected: impl Into<Value>) -> &Self {
        assert_eq!(
            self.property(name),
            Some(&expected.into()),
            "property `{name}` of {self}"
        );
        self
    }

    /// Asserts that the event does not have a property. Returns the event for further assertions.
    ///
    /// # Panics
    /// Panics if the event has the property.
    #[track_caller]
    #[allow(clippy::must_use_candidate, reason = "called to assert")]
    pub fn assert_no_property(&self, name: &str) -> &Self {
        assert_eq!(self.property(name), None, "property `{name}` of {self}");
        self
    }

    /// Asserts the names of all properties, in any order. Returns the event for further assertions.
    ///
    /// # Panics
    /// Panics if the names differ.
    #[track_caller]
    #[allow(clippy::must_use_candidate, reason = "called to assert")]
    pub fn assert_property_names(&self, expected: &[&str]) -> &Self {
        let properties = self.properties();
        let mut names: Vec<_> = properties.into_iter().map(|(name, _)| name).collect();
        let mut expected = expected.to_vec();
        names.sort_unstable();
        expected.sort_unstable();
        assert_eq!(names, expected, "the properties of {self}");
        self
    }

    fn string(&self, key: &str) -> Option<&str> {
        self.json.get(key)?.as_str()
    }
}
