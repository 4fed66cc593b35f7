//! Events. An event is one call of the tracking API as it arrived, with its verdict.

pub(crate) mod brief;
pub(crate) mod fields;
pub(crate) mod heap;
pub(crate) mod json;
mod json_text;
pub(crate) mod measures;
pub(crate) mod message_text;
pub(crate) mod model;
mod payload;
