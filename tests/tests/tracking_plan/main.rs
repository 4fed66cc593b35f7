//! The tracking plan of a program: `plan!`, the file, and the vocabulary.

#![allow(clippy::unwrap_used, clippy::panic)]
#![allow(dead_code, reason = "a plan needs the types of events, but no values")]

mod file;
#[cfg(feature = "plan")]
mod library_events;
mod vocabulary;
