//! Instrumentation for AI copilots.
//!
//! Annotate the functions that already exist, and conversations arrive in Segment as the events of
//! its [*Spec: AI Copilot*](https://segment.com/docs/connections/spec/ai-copilot/).

mod config;
mod conversation;
mod delivery;
mod envelope;
mod event;
mod ids;
mod ledger;
mod properties;
mod role;
mod scope;
mod source;
pub mod spec;
pub mod testing;
mod tracker;
mod turn;
mod user;

#[doc(hidden)]
pub mod __private;

pub use copilot_track_macros::TrackEvent;
/// The crate whose messages hooks and transports see.
pub use segment;

pub use crate::config::{Builder, ConfigError, Region};
pub use crate::conversation::{Conversation, ConversationState};
pub use crate::delivery::HttpTransport;
pub use crate::event::{CustomEvent, Event, InvalidEventName, TrackEvent};
pub use crate::ids::{
    ConversationId, EnvelopeId, IntoMessageId, InvalidId, MAX_ID_CHARS, MessageId,
};
pub use crate::ledger::{DropReason, Dropped, Ledger, Report};
pub use crate::properties::{Properties, PropertyValue};
pub use crate::role::Role;
pub use crate::scope::{Entered, InCurrentTurn, InTurn};
pub use crate::tracker::Tracker;
pub use crate::turn::Turn;
pub use crate::user::User;
