//! The tracker, and the replay of dead letters.

pub(crate) mod event_defaults;
mod finish_work;
mod group;
pub(crate) mod identify;
pub(crate) mod pending_work;
pub(crate) mod replay;
pub(crate) mod replay_options;
pub(crate) mod replay_report;
mod replay_run;
mod replay_thread;
mod store_counts;
pub(crate) mod tracker;
mod wait;
