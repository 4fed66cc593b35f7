#![doc = include_str!("../README.md")]

#[cfg(feature = "client")]
mod client;
#[cfg(feature = "server")]
mod server;

#[cfg(feature = "client")]
pub use crate::client::WithTurn;
#[cfg(feature = "server")]
pub use crate::server::TrackedServer;
