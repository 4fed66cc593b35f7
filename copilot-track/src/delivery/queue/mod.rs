//! The bounded queue between the application's threads and the delivery thread.

pub(crate) mod bounded;
pub(crate) mod chunk;
pub(crate) mod overflow;
pub(crate) mod spares;
#[cfg(test)]
mod tests;
