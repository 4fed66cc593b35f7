//! A tracker for your tests. It keeps its events in memory.
//!
//! ```
//! use copilot_track::testing::TestTracker;
//!
//! let test = TestTracker::new();
//! let conversation = test.conversation();
//! let turn = conversation.turn("Is the Super Widget in stock?");
//! turn.action_invoked("Inventory Request", "check stock level");
//! turn.message_received("Yes, 3 are left.");
//!
//! test.assert_names(&[
//!     "Conversation Started",
//!     "Message Sent",
//!     "Action Invoked",
//!     "Message Received",
//! ]);
//! test.event("Action Invoked").assert_property("action", "check stock level");
//! ```
//!
//! Each `TestTracker` is independent, so tests can run in parallel. It does not use the network.
//! Events take the same path as in production, through the delivery thread.

use std::fmt;
use std::time::{Duration, SystemTime};

use segment::message::BatchMessage;
use serde_json::{Map, Value};

use crate::config::builder::TrackerBuilder;
use crate::conversation::handle::Conversation;
use crate::delivery::segment::message;
use crate::delivery::transport::memory::MemoryTransport;
use crate::error::ConfigError;
use crate::event::user::User;
use crate::ledger::counts::Ledger;
use crate::tracker::handle::Tracker;

/// The maximum time to wait for the delivery thread.
const FLUSH_TIMEOUT: Duration = Duration::from_secs(30);

/// A tracker that keeps its events in memory, with methods to read and assert them.
#[derive(Debug, Clone)]
pub struct TestTracker {
    tracker: Tracker,
    memory: MemoryTransport,
}

impl Default for TestTracker {
    fn default() -> Self {
        Self::new()
    }
}

impl TestTracker {
    /// Creates a tracker with random ids and the system clock.
    ///
    /// # Panics
    /// Panics if the delivery thread cannot be started.
    #[must_use]
    pub fn new() -> Self {
        Self::build(Tracker::builder())
    }

    /// Creates a tracker with predictable ids and timestamps. Ids count up, and the clock starts at
    /// 2026-01-01T00:00:00Z and advances by one second at each event. The same test creates the
    /// same events, byte for byte.
    ///
    /// # Panics
    /// Panics if the delivery thread cannot be started.
    #[must_use]
    pub fn fixed() -> Self {
        let start = SystemTime::UNIX_EPOCH + Duration::from_secs(1_767_225_600);
        Self::build(Tracker::builder().fixed(start))
    }

    /// Creates a tracker from your own configuration, for example with a `before_send` hook. Only
    /// the transport is replaced.
    ///
    /// # Errors
    /// Returns the errors of [`TrackerBuilder::build`].
    pub fn with(builder: TrackerBuilder) -> Result<Self, ConfigError> {
        let memory = MemoryTransport::default();
        Ok(Self {
            tracker: builder.memory(memory.clone()).build()?,
            memory,
        })
    }

    #[allow(clippy::panic, reason = "a test cannot continue without its tracker")]
    fn build(builder: TrackerBuilder) -> Self {
        Self::with(builder).unwrap_or_else(|error| panic!("{error}"))
    }

    /// Returns the tracker, for the code under test.
    #[must_use]
    pub fn tracker(&self) -> &Tracker {
        &self.tracker
    }

    /// Creates a conversation with the user `test-user`.
    #[must_use]
    pub fn conversation(&self) -> Conversation {
        let user = User::known("test-user").unwrap_or_else(|_| User::new_anonymous());
        self.tracker.conversation(user)
    }

    /// Returns all events so far, in the order in which they were sent.
    ///
    /// # Panics
    /// Panics if the delivery thread does not respond within 30 s.
    #[must_use]
    pub fn events(&self) -> Vec<CapturedEvent> {
        let report = self.tracker.flush_blocking(FLUSH_TIMEOUT);
        assert!(
            report.complete,
            "the tracker did not deliver its events in time: {report}"
        );
        self.memory
            .events()
            .iter()
            .filter_map(|json| serde_json::from_slice(json).ok())
            .map(|json| CapturedEvent { json })
            .collect()
    }

    /// Returns the names of all events so far, in order. See [`CapturedEvent::name`].
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        let name = |event: &CapturedEvent| event.name().to_owned();
        self.events().iter().map(name).collect()
    }

    /// Returns the events with a name, in order.
    #[must_use]
    pub fn events_named(&self, name: &str) -> Vec<CapturedEvent> {
        let mut events = self.events();
        events.retain(|event| event.name() == name);
        events
    }

    /// Returns the only event with a name.
    ///
    /// # Panics
    /// Panics if there is none or more than one.
    #[must_use]
    #[track_caller]
    pub fn event(&self, name: &str) -> CapturedEvent {
        let mut events = self.events_named(name);
        assert_eq!(
            events.len(),
            1,
            "expected one event `{name}`, but the events are {:?}",
            self.names()
        );
        events.remove(0)
    }

    /// Asserts the names of all events so far, in order.
    ///
    /// # Panics
    /// Panics if they differ.
    #[track_caller]
    pub fn assert_names(&self, expected: &[&str]) {
        assert_eq!(self.names(), expected, "the names of the events");
    }

    /// Asserts that no event was sent.
    ///
    /// # Panics
    /// Panics if there was an event.
    #[track_caller]
    pub fn assert_silent(&self) {
        self.assert_names(&[]);
    }

    /// Removes the events so far.
    pub fn clear(&self) {
        let _ = self.tracker.flush_blocking(FLUSH_TIMEOUT);
        self.memory.clear();
    }

    /// Waits until all events are delivered or dropped, and returns the ledger.
    #[must_use]
    pub fn ledger(&self) -> Ledger {
        self.tracker.flush_blocking(FLUSH_TIMEOUT).ledger
    }

    /// Returns all events so far as text for snapshot tests. Values that differ between runs are
    /// replaced: ids are numbered in the order in which they appear, and timestamps are omitted.
    ///
    /// ```
    /// # use copilot_track::testing::TestTracker;
    /// let test = TestTracker::new();
    /// test.conversation().turn("Hello");
    /// assert_eq!(
    ///     test.snapshot(),
    ///     "Conversation Started\n  conversationId: <id 1>\n\
    ///      Message Sent\n  conversationId: <id 1>\n  messageId: <id 2>\n  \
    ///      message_body: \"Hello\"\n  role: \"customer\"\n"
    /// );
    /// ```
    #[must_use]
    pub fn snapshot(&self) -> String {
        snapshot(&self.events())
    }
}

fn snapshot(events: &[CapturedEvent]) -> String {
    use fmt::Write as _;

    let mut seen: Vec<String> = Vec::new();
    let mut text = String::new();
    for event in events {
        // Writing to a `String` cannot fail.
        let _ = writeln!(text, "{}", event.name());
        for (name, value) in event.properties() {
            let shown = match value.as_str() {
                Some(id) if is_generated(id) => {
                    let number = seen
                        .iter()
                        .position(|known| known == id)
                        .unwrap_or_else(|| {
                            seen.push(id.to_owned());
                            seen.len() - 1
                        });
                    format!("<id {}>", number + 1)
                }
                _ => value.to_string(),
            };
            let _ = writeln!(text, "  {name}: {shown}");
        }
    }
    text
}

/// Returns whether an id was generated by the library: a UUID.
fn is_generated(id: &str) -> bool {
    id.len() == 36 && uuid::Uuid::try_parse(id).is_ok()
}

/// An event that a [`TestTracker`] sent.
#[derive(Debug, Clone, PartialEq)]
pub struct CapturedEvent {
    json: Map<String, Value>,
}

impl CapturedEvent {
    /// Returns the name of the event. For other calls, it is the kind of call: `Identify`, `Page`,
    /// `Screen`, `Group` or `Alias`.
    #[must_use]
    pub fn name(&self) -> &str {
        match self.text("type") {
            Some("identify") => "Identify",
            Some("page") => "Page",
            Some("screen") => "Screen",
            Some("group") => "Group",
            Some("alias") => "Alias",
            _ => self.text("event").unwrap_or_default(),
        }
    }

    /// Returns the properties, or the traits of an Identify call, by name.
    #[must_use]
    pub fn properties(&self) -> Vec<(&str, &Value)> {
        ["properties", "traits"]
            .into_iter()
            .filter_map(|key| self.json.get(key)?.as_object())
            .flatten()
            .map(|(name, value)| (name.as_str(), value))
            .collect()
    }

    /// Returns a property or trait.
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
        self.text("userId")
    }

    /// Returns the anonymous id of the user.
    #[must_use]
    pub fn anonymous_id(&self) -> Option<&str> {
        self.text("anonymousId")
    }

    /// Returns the timestamp in ISO 8601.
    #[must_use]
    pub fn timestamp(&self) -> Option<&str> {
        self.text("timestamp")
    }

    /// Returns the id of the call. It is unrelated to [`message_id`](Self::message_id).
    #[must_use]
    pub fn envelope_id(&self) -> Option<&str> {
        self.text("messageId")
    }

    /// Returns the whole call as JSON.
    #[must_use]
    pub fn json(&self) -> Value {
        Value::Object(self.json.clone())
    }

    /// Returns the call as a message of the `segment` crate.
    #[must_use]
    pub fn message(&self) -> Option<BatchMessage> {
        message::parse(&serde_json::to_vec(&self.json).ok()?)
    }

    /// Asserts the value of a property. Returns the event, for further assertions.
    ///
    /// # Panics
    /// Panics if the property is missing or has another value.
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

    /// Asserts that the event does not have a property. Returns the event, for further assertions.
    ///
    /// # Panics
    /// Panics if the event has the property.
    #[track_caller]
    #[allow(clippy::must_use_candidate, reason = "called to assert")]
    pub fn assert_no_property(&self, name: &str) -> &Self {
        assert_eq!(self.property(name), None, "property `{name}` of {self}");
        self
    }

    /// Asserts the names of all properties, in any order. Returns the event, for further
    /// assertions.
    ///
    /// # Panics
    /// Panics if they differ.
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

    fn text(&self, key: &str) -> Option<&str> {
        self.json.get(key)?.as_str()
    }
}

impl fmt::Display for CapturedEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(snapshot(std::slice::from_ref(self)).trim_end())
    }
}
