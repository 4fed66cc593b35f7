//! The tracker, and the replay of dead letters.

pub(crate) mod event_defaults;
mod group;
pub(crate) mod identify;
pub(crate) mod replay;
pub(crate) mod replay_options;
pub(crate) mod replay_report;
mod replay_run;
pub(crate) mod tracker;
mod wait;
