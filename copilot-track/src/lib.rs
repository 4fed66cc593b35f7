//! Instrumentation for AI copilots: annotate the functions that already exist, and conversations
//! arrive in Segment as the events of its
//! [*Spec: AI Copilot*](https://segment.com/docs/connections/spec/ai-copilot/).
//!
//! ```
//! use copilot_track::{Tracker, User, tracked_reply, tracked_tool};
//!
//! #[tracked_tool(type = "Inventory Request", action = "check stock level")]
//! async fn stock_level(sku: &str) -> Option<u32> {
//!     (sku == "widget").then_some(3)
//! }
//!
//! #[tracked_reply]
//! async fn answer(question: &str) -> String {
//!     let stock = stock_level("widget").await;
//!     format!("{question} {stock:?}")
//! }
//!
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! let tracker = Tracker::from_env()?;
//! let conversation = tracker.conversation(User::known("123")?);
//! let turn = conversation.turn("How many are left?"); // Conversation Started, Message Sent
//! turn.run(answer("How many are left?")).await; // Action Invoked, Message Received
//! conversation.end(); // Conversation Ended
//! println!("{}", tracker.shutdown(std::time::Duration::from_secs(5)).await);
//! # Ok(())
//! # }
//! ```
//!
//! | to | see |
//! | --- | --- |
//! | annotate a function | [`macro@tracked_tool`], [`macro@tracked_reply`], [`macro@tracked_media`], [`macro@tracked_message`], [`macro@tracked_component`], [`macro@tracked_feedback`], [`macro@tracked_conversation`] |
//! | send an event of your own | [`macro@TrackEvent`], [`CustomEvent`] |
//! | send any other call of the tracking API | [`Tracker::send`] |
//! | see the spec's events | [`spec`] |
//! | hold a conversation, here or over several processes | [`Conversation`], [`Turn`], [`ConversationState`] |
//! | carry a turn to another task | [`InCurrentTurn`] |
//! | configure | [`Tracker::from_env`], [`TrackerBuilder`] |
//! | know what became of every event | [`Ledger`], [`Report`] |
//! | test | [`testing`] |
//!
//! # Features
//!
//! `rustls` (default) and `native-tls` choose the TLS of the HTTP transport; without either only
//! plain HTTP to this machine and the other transports work. `spool` adds
//! [`TrackerBuilder::spool`]: events wait on disk until they are delivered, and survive the process. `metrics` tells the
//! ledger through the [`metrics`](https://docs.rs/metrics) facade: `copilot_track_emitted_total`,
//! `…_delivered_total`, `…_dropped_total` by `reason`, `…_rejected_total` by `status`,
//! `…_batches_total`, `…_retries_total`, `…_truncated_total`, `…_recovered_total`,
//! `…_sampled_out_total`, `…_quarantined_total`, and the gauge `copilot_track_pending`. `patterns`
//! adds [`TrackerBuilder::mask`]: masking what patterns of your own match.

#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod args;
mod config;
mod conversation;
mod delivery;
mod error;
mod event;
mod ledger;
mod privacy;
pub mod testing;
mod tracker;
mod tracking;
mod util;

#[doc(hidden)]
pub mod __private;
#[cfg(any(fuzzing, all(test, not(shuttle))))]
#[doc(hidden)]
pub mod fuzzing;

pub use copilot_track_macros::{
    TrackEvent, tracked_component, tracked_conversation, tracked_feedback, tracked_media,
    tracked_message, tracked_reply, tracked_tool,
};
/// The crate whose messages hooks and transports see.
pub use segment;

pub use crate::args::{AsConversation, MessageBody};
pub use crate::config::builder::TrackerBuilder;
pub use crate::conversation::current::{Entered, InCurrentTurn, InTurn};
pub use crate::conversation::handle::Conversation;
pub use crate::conversation::state::ConversationState;
pub use crate::conversation::turn::Turn;
pub use crate::delivery::endpoint::Region;
pub use crate::delivery::queue::overflow::Overflow;
#[cfg(feature = "spool")]
pub use crate::delivery::spool::config::Spool;
pub use crate::delivery::transport::http::HttpTransport;
pub use crate::error::ConfigError;
pub use crate::event::custom::{CustomEvent, ParseEventNameError};
pub use crate::event::ids::{ConversationId, IntoMessageId, MAX_ID_CHARS, MessageId, ParseIdError};
pub use crate::event::properties::{Properties, PropertyValue};
pub use crate::event::role::Role;
pub use crate::event::spec;
pub use crate::event::track_event::{Event, TrackEvent};
pub use crate::event::user::User;
pub use crate::ledger::counts::Ledger;
pub use crate::ledger::drop_reason::{DropReason, Dropped};
pub use crate::ledger::report::Report;
pub use crate::privacy::consent::Consent;
pub use crate::privacy::content::{Content, ParseContentError};
#[cfg(feature = "patterns")]
pub use crate::privacy::masking::pattern::{ParsePatternError, Pattern};
pub use crate::tracker::handle::Tracker;
pub use crate::tracker::replay::ReplayReport;

/// Runs the README's examples as tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
