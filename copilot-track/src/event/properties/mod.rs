//! The properties of an event.

pub(crate) mod content_names;
pub(crate) mod flattened;
pub(crate) mod names;
pub(crate) mod opt_in;
pub(crate) mod serialize_with;
#[cfg(test)]
mod tests;
pub(crate) mod value;
pub(crate) mod writer;
