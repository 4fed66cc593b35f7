//! An event: one call of the tracking API as it arrived, and what was found of it.

pub(crate) mod brief;
pub(crate) mod fields;
pub(crate) mod json;
pub(crate) mod model;
mod payload;
