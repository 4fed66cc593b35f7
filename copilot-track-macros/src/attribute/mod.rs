//! The attributes: arguments are parsed and validated, then the function is written anew.

mod expand;
pub(crate) mod kind;
mod parse;
mod validate;

#[cfg(test)]
mod tests;

use proc_macro2::TokenStream;
use quote::quote;

use crate::{error::Errors, function::tracked_fn::Handler};
use kind::Macro;
use parse::args::Args;

/// An attribute on an item: the new item, or the old one beside what is wrong with the use.
pub(crate) fn expand(which: Macro, attribute: TokenStream, item: &TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let args = Args::parse(which, attribute, &mut errors);
    validate::arguments::check(which, &args, &mut errors);
    let handler = match Handler::parse(item.clone()) {
        Ok(handler) => {
            validate::item::check(which, &handler, &mut errors);
            Some(handler)
        }
        Err(reason) => {
            validate::item::not_a_handler(which, item, reason, &mut errors);
            None
        }
    };
    match handler {
        Some(mut handler) if errors.is_empty() => expand::expand(which, &args, &mut handler),
        _ => {
            let errors = errors.to_compile_errors();
            quote!(#errors #item)
        }
    }
}
