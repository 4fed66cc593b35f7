//! Exactly the events that should be, exactly once, however a call ends.

#![deny(warnings, clippy::all, clippy::pedantic)]
#![allow(clippy::panic, clippy::unwrap_used)]
// The functions here are as small as can be.
#![allow(
    clippy::unnecessary_wraps,
    clippy::unused_self,
    clippy::unused_async,
    clippy::needless_pass_by_value
)]

mod arguments;
mod attributes;
mod axum_sse;
mod call_outcomes;
mod derive;
mod limits;
mod replies;
mod shop;
mod stacking;
mod streams;
mod tour;
mod transparency;
