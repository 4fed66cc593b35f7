//! Processes that are killed while they emit events.

mod child;
mod dead_letters;
mod kill_loop;

pub use child::{Keeping, Victim};
pub use dead_letters::dead_letters;
pub use kill_loop::{Kills, kill_often};
