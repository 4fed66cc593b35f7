//! For your own tests: a tracker that keeps its events in memory.
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
//! Each `TestTracker` is on its own: tests run in parallel, and nothing touches the network. Events
//! take the path that they take in production, on the delivery thread.

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

/// How long a look at the events waits for the delivery thread, on a machine that is very busy.
const FLUSH_TIMEOUT: Duration = Duration::from_secs(30);

/// A tracker that keeps its events in memory, to look at and to assert on.
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
    /// A tracker with random ids and the system's clock.
    ///
    /// # Panics
    /// When the delivery thread cannot be started.
    #[must_use]
    pub fn new() -> Self {
        Self::build(Tracker::builder())
    }

    /// A tracker whose ids count up and whose clock starts at 2026-01-01T00:00:00Z and moves on by
    /// a second at each event: the same test gives the same events, to the byte.
    ///
    /// # Panics
    /// When the delivery thread cannot be started.
    #[must_use]
    pub fn fixed() -> Self {
        let start = SystemTime::UNIX_EPOCH + Duration::from_secs(1_767_225_600);
        Self::build(Tracker::builder().fixed(start))
    }

    /// A tracker with your own configuration, e.g. its `before_send`; only the transport is
    /// replaced.
    ///
    /// # Errors
    /// [`ConfigError`] as [`TrackerBuilder::build`] gives it.
    pub fn with(builder: TrackerBuilder) -> Result<Self, ConfigError> {
        let memory = MemoryTransport::default();
        Ok(Self {
            tracker: builder.memory(memory.clone()).build()?,
            memory,
        })
    }

    #[allow(clippy::panic, reason = "a test without its tracker cannot go on")]
    fn build(builder: TrackerBuilder) -> Self {
        Self::with(builder).unwrap_or_else(|error| panic!("{error}"))
    }

    /// The tracker, to hand to the code under test.
    #[must_use]
    pub fn tracker(&self) -> &Tracker {
        &self.tracker
    }

    /// A new conversation with the user `test-user`.
    ///
    /// # Panics
    /// Never: the id is one.
    #[must_use]
    pub fn conversation(&self) -> Conversation {
        let user = User::known("test-user").unwrap_or_else(|_| User::new_anonymous());
        self.tracker.conversation(user)
    }

    /// All events so far, in the order in which they were sent.
    ///
    /// # Panics
    /// When the delivery thread does not answer for half a minute.
    #[must_use]
    pub fn events(&self) -> Vec<CapturedEvent> {
        let report = self.tracker.flush_blocking(FLUSH_TIMEOUT);
        assert!(
            report.complete,
            "the tracker did not come to rest: {report}"
        );
        self.memory
            .events()
            .iter()
            .filter_map(|json| serde_json::from_slice(json).ok())
            .map(|json| CapturedEvent { json })
            .collect()
    }

    /// The names of all events so far, in order; that of another call is its kind, e.g. `Identify`.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        let name = |event: &CapturedEvent| event.name().to_owned();
        self.events().iter().map(name).collect()
    }

    /// The events of this name, in order.
    #[must_use]
    pub fn events_named(&self, name: &str) -> Vec<CapturedEvent> {
        let mut events = self.events();
        events.retain(|event| event.name() == name);
        events
    }

    /// The one event of this name.
    ///
    /// # Panics
    /// When there is none, or more than one.
    #[must_use]
    #[track_caller]
    pub fn event(&self, name: &str) -> CapturedEvent {
        let mut events = self.events_named(name);
        assert_eq!(
            events.len(),
            1,
            "expected one event `{name}`; the events are {:?}",
            self.names()
        );
        events.remove(0)
    }

    /// Asserts the names of all events so far, in order.
    ///
    /// # Panics
    /// When they are others.
    #[track_caller]
    pub fn assert_names(&self, expected: &[&str]) {
        assert_eq!(self.names(), expected, "the names of the events");
    }

    /// Asserts that no event was sent.
    ///
    /// # Panics
    /// When there was one.
    #[track_caller]
    pub fn assert_silent(&self) {
        self.assert_names(&[]);
    }

    /// Forgets the events so far.
    pub fn clear(&self) {
        let _ = self.tracker.flush_blocking(FLUSH_TIMEOUT);
        self.memory.clear();
    }

    /// The tracker's ledger, once everything has come to rest.
    #[must_use]
    pub fn ledger(&self) -> Ledger {
        self.tracker.flush_blocking(FLUSH_TIMEOUT).ledger
    }

    /// All events so far as readable text, without what differs from run to run: ids are numbered
    /// in the order in which they appear, and times are left out. For snapshots.
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

/// Whether it is an id of the library's making: a UUID.
fn is_generated(id: &str) -> bool {
    id.len() == 36 && uuid::Uuid::try_parse(id).is_ok()
}

/// An event as it was sent.
#[derive(Debug, Clone, PartialEq)]
pub struct CapturedEvent {
    json: Map<String, Value>,
}

impl CapturedEvent {
    /// The event's name; that of another call is its kind: `Identify`, `Page`, `Screen`, `Group`
    /// or `Alias`.
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

    /// The properties, or the traits of an Identify call, by name.
    #[must_use]
    pub fn properties(&self) -> Vec<(&str, &Value)> {
        ["properties", "traits"]
            .into_iter()
            .filter_map(|key| self.json.get(key)?.as_object())
            .flatten()
            .map(|(name, value)| (name.as_str(), value))
            .collect()
    }

    /// One property or trait.
    #[must_use]
    pub fn property(&self, name: &str) -> Option<&Value> {
        let properties = self.properties();
        let (_, value) = properties.into_iter().find(|(key, _)| *key == name)?;
        Some(value)
    }

    /// The chat message that the event belongs to.
    #[must_use]
    pub fn message_id(&self) -> Option<&str> {
        self.property("messageId")?.as_str()
    }

    /// The conversation that the event belongs to.
    #[must_use]
    pub fn conversation_id(&self) -> Option<&str> {
        self.property("conversationId")?.as_str()
    }

    /// The known user's id.
    #[must_use]
    pub fn user_id(&self) -> Option<&str> {
        self.text("userId")
    }

    /// The anonymous user's id.
    #[must_use]
    pub fn anonymous_id(&self) -> Option<&str> {
        self.text("anonymousId")
    }

    /// When it happened, as ISO 8601.
    #[must_use]
    pub fn timestamp(&self) -> Option<&str> {
        self.text("timestamp")
    }

    /// The id of the call, which has nothing to do with [`message_id`](Self::message_id).
    #[must_use]
    pub fn envelope_id(&self) -> Option<&str> {
        self.text("messageId")
    }

    /// The whole call as it was sent.
    #[must_use]
    pub fn json(&self) -> Value {
        Value::Object(self.json.clone())
    }

    /// The call as a message of the `segment` crate.
    #[must_use]
    pub fn message(&self) -> Option<BatchMessage> {
        message::parse(&serde_json::to_vec(&self.json).ok()?)
    }

    /// Asserts a property's value, and returns the event to go on.
    ///
    /// # Panics
    /// When the property is missing or has another value.
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

    /// Asserts that the event has no such property, and returns the event to go on.
    ///
    /// # Panics
    /// When it has.
    #[track_caller]
    #[allow(clippy::must_use_candidate, reason = "called to assert")]
    pub fn assert_no_property(&self, name: &str) -> &Self {
        assert_eq!(self.property(name), None, "property `{name}` of {self}");
        self
    }

    /// Asserts the names of all properties, in any order, and returns the event to go on.
    ///
    /// # Panics
    /// When they are others.
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
