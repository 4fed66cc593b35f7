//! Configuration, validated once, in [`TrackerBuilder::build`](builder::TrackerBuilder::build).

mod build;
pub(crate) mod builder;
mod delivery_settings;
mod environment;
mod ranges;
mod storage;
#[cfg(test)]
mod tests;
