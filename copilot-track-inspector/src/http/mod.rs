//! The HTTP server: connections, access checks, and routes.

pub(crate) mod access;
mod api;
mod assets;
mod connection;
#[cfg(feature = "sqlite")]
#[cfg(test)]
mod disconnect_tests;
mod guard;
mod health;
pub(crate) mod hosts;
mod listing;
mod live;
pub(crate) mod origins;
mod response;
pub(crate) mod router;
pub(crate) mod server;
mod settings;
#[cfg(test)]
mod tests;
mod timeout;
pub(crate) mod token;
mod tracking;
