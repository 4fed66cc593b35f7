//! Calls one instrumented function, and measures the cost to the caller.
//!
//! A peer is a library under comparison that implements [`Peer`]. Its `main` is one line,
//! `harness::main::<ThePeer>(None)`. The program runs the measurement that its first argument
//! names, and prints `name value` lines.

mod allocations;
pub mod app;
mod args;
mod clock;
mod drive;
mod function;
mod measure;
mod peer;
mod process;
mod samples;
mod work;

use std::process::ExitCode;

pub use allocations::CountAllocations;
pub use args::{Args, Endpoint};
pub use drive::{drain_stream, poll_once, poll_or_block, poll_pending};
pub use function::Function;
pub use peer::Peer;
pub use work::Workload;

/// Runs the measurement that the arguments name.
pub fn main<P: Peer>(count: Option<CountAllocations>) -> ExitCode {
    let args = match Args::parse(std::env::args().skip(1)) {
        Ok(args) => args,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::from(2);
        }
    };
    match measure::run::<P>(&args, count) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
