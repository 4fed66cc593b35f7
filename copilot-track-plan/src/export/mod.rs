//! Writes plans.

mod markdown;
mod public_api;
mod segment_limits;
mod sorted;
mod typewriter;

pub use segment_limits::{MAX_RULES_PER_UPDATE, SegmentIssue};
