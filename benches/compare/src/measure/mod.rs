//! Takes the measurements.

mod all;
mod compile;
mod derived;
mod process;
mod server;
mod step;
mod steps;
mod syscalls;

pub(crate) use all::run_all;
pub(crate) use server::Server;
