//! Takes the measurements.

mod all;
mod compile;
mod derived;
mod process;
mod server;
mod step;
mod steps;
mod syscalls;

pub(crate) use all::carry_out;
pub(crate) use server::Server;
