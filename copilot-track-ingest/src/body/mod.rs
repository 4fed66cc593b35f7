//! Reads and decompresses the body of a request within limits.

pub(crate) mod error;
pub(crate) mod raw;
pub(crate) mod read;
#[cfg(test)]
mod tests;
