//! Messages of the `segment` crate. Other modules do not depend on their structure.

pub(crate) mod fields;
pub(crate) mod library;
pub(crate) mod message;
#[cfg(test)]
mod tests;
pub(crate) mod write_message;
