//! A local server that receives a copilot's events in place of Segment and shows its conversations
//! live.
//!
//! The inspector implements Segment's HTTP tracking API, checks every event against Segment's
//! *Spec: AI Copilot*, and shows the conversations on a page. It sends nothing to Segment, unless
//! it is configured to forward events. The `copilot-track-inspector` program runs an inspector from
//! the command line. Tests can start one with this library:
//!
//! ```
//! use std::time::Duration;
//!
//! use copilot_track::{Tracker, User};
//! use copilot_track_inspector::Inspector;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let inspector = Inspector::start().await?;
//! println!("see {}", inspector.url());
//!
//! let tracker = Tracker::builder()
//!     .write_key("local")
//!     .endpoint(inspector.url())
//!     .build()?;
//! let conversation = tracker.conversation(User::known("123")?);
//! conversation.turn("Is the Super Widget in stock?");
//! let report = tracker.flush(Duration::from_secs(5)).await;
//! assert!(report.is_all_delivered());
//!
//! assert!(inspector.wait_for(2, Duration::from_secs(5)).await?);
//! for event in inspector.events().await? {
//!     assert!(event.verdict().is_good(), "{:?}", event.verdict());
//! }
//! # Ok(())
//! # }
//! ```
//!
//! By default, an inspector listens on a free loopback port and keeps events in memory.
//! [`InspectorBuilder`] can change both. The repository's `docs/inspector.md` is the user manual,
//! and `docs/inspector-api.md` describes the JSON API.
//!
//! # Features
//!
//! - `forward` (enabled by default): allows an inspector to forward events to Segment. This feature
//!   compiles an HTTP client with TLS.
//! - `sqlite` (enabled by default): allows an inspector to keep events in an `SQLite` database
//!   file. This feature compiles `SQLite` from source.
#![cfg_attr(docsrs, feature(doc_cfg))]

mod app;
mod base_url;
mod chaos;
mod conversation;
mod error;
mod event;
#[cfg(feature = "forward")]
mod forward;
mod http;
mod ingest;
mod inspector;
mod numbers;
mod search;
mod share;
mod store;
mod text;
mod timestamp;
mod verdict;

#[cfg(feature = "forward")]
pub use crate::forward::status::ForwardStatus;
pub use crate::{
    chaos::fault::{Chaos, ChaosError, Fault},
    conversation::summary::{Conversation, Participant},
    error::{InspectorError, StartError},
    event::model::{Delivery, Event},
    inspector::{builder::InspectorBuilder, handle::Inspector},
    store::write_errors::WriteErrors,
    verdict::{
        code::FindingCode,
        findings::{Finding, Severity, Verdict, VerdictStatus},
        source::FindingSource,
    },
};
