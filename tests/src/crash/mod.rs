//! Processes that are killed while they emit events.

mod child;
mod dead_letters;
mod kill_loop;

pub use child::{CrashChild, Storage};
pub use dead_letters::read_dead_letters;
pub use kill_loop::{KillReport, kill_repeatedly};
