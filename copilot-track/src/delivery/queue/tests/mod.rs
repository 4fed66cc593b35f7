//! Tests of the queue.

#[cfg(shuttle)]
mod model;
#[cfg(not(shuttle))]
mod queue;
#[cfg(not(shuttle))]
mod usage;
