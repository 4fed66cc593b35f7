//! What the two programs that drive the tracker from outside share: calls of the tracking API as
//! JSON, where to send them, and what the tracker says of its losses.

mod call;
mod config;
mod losses;
pub mod stderr_log;

pub use call::Call;
pub use config::{endpoint, set};
pub use losses::losses;
