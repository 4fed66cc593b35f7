//! The server: its connections, who may ask, and what it answers.

mod api;
mod assets;
mod connection;
mod guard;
pub(crate) mod hosts;
mod listing;
mod live;
mod response;
pub(crate) mod router;
pub(crate) mod server;
#[cfg(test)]
mod tests;
mod timeout;
mod tracking;
