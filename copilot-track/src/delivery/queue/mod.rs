//! The bounded queue between the application's threads and the delivery thread.

pub(crate) mod backlog;
pub(crate) mod chunk;
pub(crate) mod chunk_pool;
pub(crate) mod limits;
pub(crate) mod make_room;
pub(crate) mod overflow_policy;
pub(crate) mod queue;
pub(crate) mod shard;
pub(crate) mod space;
#[cfg(test)]
mod tests;
pub(crate) mod usage;
