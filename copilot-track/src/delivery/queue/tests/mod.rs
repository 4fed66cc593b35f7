//! Tests of the queue.

#[cfg(not(shuttle))]
mod contexts;
#[cfg(shuttle)]
mod model;
#[cfg(not(shuttle))]
mod queue;
#[cfg(not(shuttle))]
mod usage;
