//! The server's side.

mod handler;
mod outcome;
mod session;
mod tracked_server;

pub use self::tracked_server::TrackedServer;
