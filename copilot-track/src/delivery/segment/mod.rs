//! The messages of the `segment` crate. Other modules do not look inside them.

pub(crate) mod fields;
pub(crate) mod library;
pub(crate) mod message;
#[cfg(test)]
mod tests;
pub(crate) mod write_message;
