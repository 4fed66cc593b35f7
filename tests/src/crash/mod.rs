//! Kills processes while they emit events, and counts the events that were lost.

mod child;
mod dead_letters;
mod kill_loop;
mod replay_child;

pub use child::{CrashChild, Storage};
pub use dead_letters::read_dead_letters;
pub use kill_loop::{KillReport, kill_repeatedly};
pub use replay_child::replay;
