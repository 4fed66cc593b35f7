//! Tests of delivery as a whole.

mod outage;
mod outage_server;
mod shutdown_attempts;
mod unwritten_letters;
