//! See a copilot's conversations live, as they go to Segment.
//!
//! A local server that speaks Segment's HTTP tracking API, holds every event against Segment's
//! *Spec: AI Copilot*, and shows the conversations on a page. As a program it is
//! `copilot-track-inspector`; as a library it is one line:
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
//! tracker.flush(Duration::from_secs(5)).await;
//!
//! assert!(inspector.wait_for(2, Duration::from_secs(5)).await?);
//! for event in inspector.events().await? {
//!     assert!(event.verdict().is_good(), "{:?}", event.verdict());
//! }
//! # Ok(())
//! # }
//! ```
//!
//! Everything is served on loopback and kept in memory, unless the [`InspectorBuilder`] says
//! otherwise. The JSON that it answers is described in `docs/inspector-api.md`, the rest in
//! `docs/inspector.md`.
//!
//! # Features
//!
//! `sqlite` (default): history in a file; it brings `SQLite`'s C source.

mod app;
mod chaos;
mod error;
mod event;
mod http;
mod ingest;
mod inspector;
mod store;
mod text;
mod timestamp;
mod verdict;

pub use crate::{
    chaos::fault::{Chaos, ChaosError, Fault},
    error::{InspectorError, StartError},
    event::model::{Delivery, Event},
    inspector::{builder::InspectorBuilder, handle::Inspector},
    store::{
        conversation::{Conversation, Participant},
        write_errors::WriteErrors,
    },
    verdict::findings::{Finding, FindingCode, Severity, Verdict, VerdictStatus},
};
