//! Streamed replies: items are unchanged, and one Message Received has the text that was seen.
//!
//! The crate `copilot-track-tests-2021` compiles this file in edition 2021.

#![deny(warnings, clippy::all, clippy::pedantic)]
#![allow(clippy::panic, clippy::unwrap_used)]

mod polling;
mod signatures;
