//! Streamed replies: the items are unchanged, and one Message Received contains the streamed text.
//!
//! The `copilot-track-tests-2021` crate also compiles this file, in edition 2021.

#![deny(warnings, clippy::all, clippy::pedantic)]
#![allow(clippy::panic, clippy::unwrap_used)]

mod polling;
mod signatures;
