//! The messages of the `segment` crate. Nothing else in this crate looks inside them.

pub(crate) mod fields;
pub(crate) mod library;
pub(crate) mod message;
#[cfg(test)]
mod tests;
pub(crate) mod write_message;
