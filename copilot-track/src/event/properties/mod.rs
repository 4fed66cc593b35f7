//! The properties of an event.

pub(crate) mod content_names;
pub(crate) mod names;
#[cfg(test)]
mod tests;
pub(crate) mod value;
pub(crate) mod writer;
