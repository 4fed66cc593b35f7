//! The body of a request: read within limits, then decompressed within limits.

pub(crate) mod error;
pub(crate) mod raw;
pub(crate) mod read;
#[cfg(test)]
mod tests;
