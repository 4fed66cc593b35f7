//! Figures about all stored events: answer times, tools, ratings, usage, and problems.
//!
//! The totals are updated as events are stored and removed, so reading them takes the same time
//! however many events there are.

mod counts;
pub(crate) mod report;
#[cfg(test)]
mod tests;
mod times;
pub(crate) mod totals;
