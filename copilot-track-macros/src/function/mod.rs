//! The annotated function: its signature parsed, its body untouched.
//!
//! The body stays raw tokens. A body that does not parse (someone is typing it) leaves the function
//! and its types in place, and what is wrong with it is told by the compiler alone.

pub(crate) mod body;
pub(crate) mod control_flow;
pub(crate) mod inner_fn;
pub(crate) mod params;
pub(crate) mod parse;
pub(crate) mod return_type;
pub(crate) mod shape;
pub(crate) mod tracked_fn;
