//! Tests of the queue.

#[cfg(not(shuttle))]
mod bounded;
#[cfg(shuttle)]
mod model;
