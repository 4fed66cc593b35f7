//! The properties of an event.

pub(crate) mod content_names;
pub(crate) mod names;
pub(crate) mod opt_in;
#[cfg(test)]
mod tests;
pub(crate) mod value;
pub(crate) mod writer;
