//! Messages of the `segment` crate. Other modules do not depend on their structure.

pub(crate) mod context;
pub(crate) mod defaults;
pub(crate) mod fields;
pub(crate) mod library;
pub(crate) mod message;
pub(crate) mod nesting;
pub(crate) mod numbers;
#[cfg(test)]
mod tests;
pub(crate) mod validate;
pub(crate) mod write_message;
