//! Runs the measurements.

mod compile;
mod derived;
mod measurement;
mod measurement_list;
mod process;
mod run_rounds;
mod server;
mod syscalls;

pub(crate) use run_rounds::run_rounds;
pub(crate) use server::Server;
