//! The descriptions of derived events, from which tracking plans are made.
//!
//! `#[derive(TrackEvent)]` generates an impl of [`PlannedEvent`](planned_event::PlannedEvent): the
//! names and the doc comments as one string, and the field types as the name of a function type.
//! Nothing else is computed before a plan asks for the [`rule`](rule::rule) of the event.

pub(crate) mod listed_type;
mod nullable;
mod plan;
pub(crate) mod planned_event;
pub(crate) mod probe;
mod probed_type;
pub(crate) mod rule;
mod schema;
#[cfg(feature = "schemars")]
mod schemars;
#[cfg(test)]
mod tests;
mod trace;
mod type_name;
