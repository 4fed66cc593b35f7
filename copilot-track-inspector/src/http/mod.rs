//! The server: its connections, who may ask, and what it answers.

mod api;
mod assets;
mod connection;
pub(crate) mod guard;
mod live;
pub(crate) mod server;
#[cfg(test)]
mod tests;
mod tracking;
