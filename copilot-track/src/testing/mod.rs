//! A tracker for tests. It keeps its events in memory.
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
//! Each `TestTracker` is independent, so tests can run in parallel. A `TestTracker` does not use
//! the network. Events pass through the delivery thread, as in production.

mod captured_event;
mod memory_store;
mod snapshot;
pub mod store_conformance;
mod test_tracker;

pub use self::captured_event::CapturedEvent;
pub use self::memory_store::MemoryStore;
pub use self::test_tracker::TestTracker;
