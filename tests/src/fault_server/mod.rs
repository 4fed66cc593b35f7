//! A server on loopback that misbehaves on demand and records the requests that it receives.

mod behavior;
mod fault_plan;
mod http;
mod recorded_request;
mod request_log;
mod server;
mod tls;

pub use behavior::{Behavior, Response};
pub use fault_plan::FaultPlan;
pub use recorded_request::RecordedRequest;
pub use request_log::RequestLog;
pub use server::{FaultServer, ReservedPort};
pub use tls::{TlsFault, TlsServer};
