#![doc = include_str!("../README.md")]

mod agent;
mod hook;
mod links;
mod run_state;
mod tools;
mod tracked_run;
mod tracked_tools;
mod usage;

pub use crate::agent::BuildTracked;
pub use crate::hook::TurnHook;
pub use crate::tracked_run::TrackedRun;
pub use crate::tracked_tools::TrackedTools;
