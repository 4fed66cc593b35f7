//! The attribute macros. Each parses its arguments and the function, validates them, and generates
//! the new function.

mod action_texts;
mod expand;
mod expanded;
pub(crate) mod kind;
pub(crate) mod literal_tool;
mod parse;
mod stack;
mod validate;

use proc_macro2::TokenStream;
use quote::quote;

use crate::{error::Errors, function::tracked_fn::TrackedFn};
use kind::AttributeKind;
use parse::args::Args;

/// What an attribute expands to, if it is valid.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// The function with tracking added.
    Track,
    /// The unchanged function.
    PassThrough,
}

impl Mode {
    /// The mode that the `no-attributes` feature selects.
    pub(crate) const OF_BUILD: Self = if cfg!(feature = "no-attributes") {
        Self::PassThrough
    } else {
        Self::Track
    };
}

/// Expands an attribute on an item. After an error, returns the errors and the unchanged item.
pub(crate) fn expand(
    mode: Mode,
    kind: AttributeKind,
    attribute: TokenStream,
    item: &TokenStream,
) -> TokenStream {
    let mut errors = Errors::default();
    let args = Args::parse(kind, attribute, &mut errors);
    validate::arguments::check(kind, &args, &mut errors);
    let function = match TrackedFn::parse(item.clone()) {
        Ok(function) => {
            validate::item::check(kind, &args, &function, &mut errors);
            stack::check(kind, &args, &function, &mut errors);
            Some(function)
        }
        Err(reason) => {
            validate::item::unsupported(kind, item, reason, &mut errors);
            None
        }
    };
    match function {
        Some(_) if errors.is_empty() && mode == Mode::PassThrough => item.clone(),
        Some(mut function) if errors.is_empty() => stack::reorder(kind, &args, &function)
            .unwrap_or_else(|| expand::expand(kind, &args, &mut function)),
        None if validate::item::is_expression(item) => errors.to_compile_errors(),
        _ => {
            let errors = errors.to_compile_errors();
            quote!(#errors #item)
        }
    }
}
