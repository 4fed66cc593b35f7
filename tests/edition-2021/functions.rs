//! The behavior of annotated functions of all kinds. `../tests/macros/main.rs` contains the same
//! modules in edition 2024.

#![deny(warnings, clippy::all, clippy::pedantic)]
#![allow(clippy::panic, clippy::unwrap_used)]
// The annotated functions are minimal, so these lints would apply to them.
#![allow(
    clippy::unnecessary_wraps,
    clippy::unused_self,
    clippy::unused_async,
    clippy::needless_pass_by_value
)]

#[path = "../tests/macros/argument_panics.rs"]
mod argument_panics;
#[path = "../tests/macros/arguments.rs"]
mod arguments;
#[path = "../tests/macros/attributes.rs"]
mod attributes;
#[path = "../tests/macros/call_outcomes.rs"]
mod call_outcomes;
#[path = "../tests/macros/conditions.rs"]
mod conditions;
#[path = "../tests/macros/evaluated_once.rs"]
mod evaluated_once;
#[path = "../tests/macros/futures_in_values.rs"]
mod futures_in_values;
#[path = "../tests/macros/hidden_futures.rs"]
mod hidden_futures;
#[path = "../tests/macros/limits.rs"]
mod limits;
#[path = "../tests/macros/replies.rs"]
mod replies;
#[path = "../tests/macros/results.rs"]
mod results;
#[path = "../tests/macros/shop.rs"]
mod shop;
#[path = "../tests/macros/stacked_patterns.rs"]
mod stacked_patterns;
#[path = "../tests/macros/texts.rs"]
mod texts;
#[path = "../tests/macros/track_caller.rs"]
mod track_caller;
#[path = "../tests/macros/transparency.rs"]
mod transparency;
