//! The state of a batch while it is sent.

pub(crate) mod batch_delivery;
pub(crate) mod parts;
pub(crate) mod progress;
#[cfg(test)]
mod tests;
