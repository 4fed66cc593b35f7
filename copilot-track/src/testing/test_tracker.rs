//! The test tracker.

use std::time::{Duration, SystemTime};

use crate::config::builder::TrackerBuilder;
use crate::conversation::conversation::Conversation;
use crate::delivery::transport::memory::MemoryTransport;
use crate::error::ConfigError;
use crate::event::user::User;
use crate::ledger::counts::Ledger;
use crate::testing::captured_event::CapturedEvent;
use crate::testing::snapshot::snapshot;
use crate::tracker::tracker::Tracker;

/// The maximum time to wait for the delivery thread.
const FLUSH_TIMEOUT: Duration = Duration::from_secs(30);

/// A tracker that keeps its events in memory, with methods to read and check them.
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

    /// Creates a tracker with predictable ids and timestamps. Ids come from a counter. The clock
    /// starts at 2026-01-01T00:00:00Z and advances by one second each time it is read. A test
    /// therefore creates the same events in each run, byte for byte.
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
    /// Returns the same errors as [`TrackerBuilder::build`].
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

    /// Creates a conversation whose user is `test-user`.
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
            .filter_map(|json| CapturedEvent::parse(json))
            .collect()
    }

    /// Returns the names of all events so far, in order. See [`CapturedEvent::name`].
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        let name = |event: &CapturedEvent| event.name().to_owned();
        self.events().iter().map(name).collect()
    }

    /// Returns the events named `name`, in order.
    #[must_use]
    pub fn events_named(&self, name: &str) -> Vec<CapturedEvent> {
        let mut events = self.events();
        events.retain(|event| event.name() == name);
        events
    }

    /// Returns the only event named `name`.
    ///
    /// # Panics
    /// Panics if there is no such event, or more than one.
    #[must_use]
    #[track_caller]
    pub fn event(&self, name: &str) -> CapturedEvent {
        let mut events = self.events_named(name);
        assert_eq!(
            events.len(),
            1,
            "expected one event named `{name}`, but the events are {:?}",
            self.names()
        );
        events.remove(0)
    }

    /// Asserts that the events so far have exactly these names, in this order.
    ///
    /// # Panics
    /// Panics if the names differ.
    #[track_caller]
    pub fn assert_names(&self, expected: &[&str]) {
        assert_eq!(self.names(), expected, "names of the events");
    }

    /// Asserts that no event was sent.
    ///
    /// # Panics
    /// Panics if an event was sent.
    #[track_caller]
    pub fn assert_silent(&self) {
        self.assert_names(&[]);
    }

    /// Removes all events captured so far.
    pub fn clear(&self) {
        let _ = self.tracker.flush_blocking(FLUSH_TIMEOUT);
        self.memory.clear();
    }

    /// Waits until all events are delivered or dropped, and returns the ledger.
    #[must_use]
    pub fn ledger(&self) -> Ledger {
        self.tracker.flush_blocking(FLUSH_TIMEOUT).ledger
    }

    /// Returns all events so far as text for snapshot tests. The text is the same in each run:
    /// generated ids are replaced with numbers, in the order in which they appear, and timestamps
    /// are omitted.
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
