#![doc = include_str!("../README.md")]

mod agent;
mod hook;
mod links;
mod run_state;
mod tools;
mod usage;

pub use crate::agent::BuildTracked;
pub use crate::hook::TurnHook;
