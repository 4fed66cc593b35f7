//! See a copilot's conversations live, as they go to Segment.
//!
//! A local server that speaks Segment's HTTP tracking API, holds every event against Segment's
//! *Spec: AI Copilot*, and shows the conversations on a page.

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
    store::{Conversation, Participant},
    verdict::{Code, Finding, Severity, Status, Verdict},
};
