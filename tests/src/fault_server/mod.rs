//! A server on loopback that misbehaves on demand and remembers what it was sent.

mod behavior;
mod fault_plan;
mod http;
mod recorded_request;
mod request_log;
mod server;
mod tls;

pub use behavior::{Answer, Behaviour};
pub use fault_plan::Script;
pub use recorded_request::Recorded;
pub use request_log::Log;
pub use server::{FaultServer, Reserved};
pub use tls::{Tls, TlsServer};
