//! The configuration of a tracker. [`TrackerBuilder::build`](builder::TrackerBuilder::build)
//! validates it once.

mod build;
pub(crate) mod builder;
mod delivery_settings;
mod environment;
mod event_settings;
mod ranges;
mod storage;
#[cfg(test)]
mod tests;
mod turn_context;
