//! The language of the search box: free text, and filters such as `event:"Message Sent"`.
//!
//! [`parse`] splits a query into terms, [`validate`] checks the terms and converts them to
//! conditions, and [`execute`] compares events with the conditions. All terms must match the same
//! event, except for `messages:`, which conversations must match.

pub(crate) mod execute;
pub(crate) mod figure;
pub(crate) mod needle;
pub(crate) mod number_range;
pub(crate) mod parse;
#[cfg(test)]
mod tests;
mod time_limit;
pub(crate) mod validate;
