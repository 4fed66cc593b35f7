//! An HTTPS server with its own certificate authority, and the programs that send events to it.

mod program;
mod server;

pub use program::{Outcome, Program, dependencies};
pub use server::{Authority, Server};
