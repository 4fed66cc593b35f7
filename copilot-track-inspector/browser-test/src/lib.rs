//! What the browser tests and the screenshots share: a Chromium, an inspector, and events.

pub mod browser;
pub mod events;
pub mod proxy;

/// Any failure: a test prints it and fails.
pub type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;
