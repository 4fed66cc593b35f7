//! The annotated function: a parsed signature and an unparsed body.
//!
//! The body stays raw tokens. If it does not parse, for example while the user is typing, the
//! function and its types remain usable, and only the compiler reports the error in the body.

pub(crate) mod attrs;
pub(crate) mod body;
pub(crate) mod boxed_tail;
mod capturing_block;
pub(crate) mod clone_bound;
pub(crate) mod control_flow;
mod expectations;
mod hidden_future;
pub(crate) mod inner_fn;
mod labeled_body;
pub(crate) mod nested_bodies;
pub(crate) mod opaque_parts;
mod owning_body;
pub(crate) mod params;
pub(crate) mod parse;
pub(crate) mod return_type;
mod returned_closure;
pub(crate) mod shape;
pub(crate) mod tokens;
pub(crate) mod tracked_fn;
pub(crate) mod unparsed_fn;
