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
//! Everything is served on loopback and kept in memory, unless the [`Builder`] says otherwise. The
//! JSON that it answers is described in `docs/inspector-api.md`, the rest in `docs/inspector.md`.
//!
//! # Features
//!
//! `sqlite` (default): history in a file; it brings `SQLite`'s C source.

mod api;
mod app;
mod assets;
mod builder;
mod chaos;
mod clock;
mod connection;
mod event;
mod guard;
mod ingest;
mod inspector;
mod live;
mod server;
mod store;
mod verdict;
mod wait;

pub use crate::{
    builder::Builder,
    chaos::{Chaos, ChaosError, Fault},
    event::{Delivery, Event},
    inspector::{Inspector, InspectorError, StartError},
    store::{Conversation, Participant, WriteErrors},
    verdict::{Code, Finding, Severity, Status, Verdict},
};
