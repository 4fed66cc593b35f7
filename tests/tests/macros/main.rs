//! The behavior of annotated functions: the events that they send, and what they leave unchanged.
//! `../../edition-2021/functions.rs` contains some of these modules in edition 2021.

#![deny(warnings, clippy::all, clippy::pedantic)]
#![allow(clippy::panic, clippy::unwrap_used)]
// The annotated functions are minimal, so these lints would apply to them.
#![allow(
    clippy::unnecessary_wraps,
    clippy::unused_self,
    clippy::unused_async,
    clippy::needless_pass_by_value
)]

mod argument_panics;
mod arguments;
mod attributes;
mod axum_sse;
mod call_outcomes;
mod combinators;
mod conditions;
mod crate_paths;
mod derive;
mod derive_serde;
mod drop_order;
mod evaluated_once;
mod futures_in_values;
mod hidden_futures;
mod interleaving;
mod limits;
mod orders;
mod plan_forms;
mod plan_types;
mod ratings;
mod replies;
mod reply_facts;
mod results;
mod shop;
mod stacked_patterns;
mod stacking;
mod streams;
mod texts;
mod tour;
mod track_caller;
mod transparency;
mod turns;
mod well_known_types;
