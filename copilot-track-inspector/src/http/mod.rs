//! The HTTP server: connections, access checks, and routes.

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
