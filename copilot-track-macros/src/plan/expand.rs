//! Generates the call that creates the plan.
//!
//! Input: `$crate; ItemPurchased, QuoteCreated`. Output:
//!
//! ```text
//! ::copilot_track_plan::Plan::from_rules(
//!     ::core::env!("CARGO_MANIFEST_DIR"),
//!     Vec::<String>::from([
//!         $crate::__private::rule::<ItemPurchased>(),
//!         $crate::__private::rule::<QuoteCreated>(),
//!     ]),
//! )
//! ```

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::{quote, quote_spanned};
use syn::{Type, spanned::Spanned};

use super::items;
use crate::error::Errors;

/// Returns the expression of a plan.
pub(crate) fn expand(input: TokenStream) -> TokenStream {
    let mut tokens = input.into_iter();
    let crate_path: TokenStream = tokens
        .by_ref()
        .take_while(|token| !matches!(token, TokenTree::Punct(punct) if punct.as_char() == ';'))
        .collect();
    let mut errors = Errors::default();
    let types = items::types(tokens.collect(), &mut errors);
    let rules = types.iter().map(|ty| rule(&crate_path, ty));
    // The type of the items is needed if there are none.
    let plan = quote! {
        ::copilot_track_plan::Plan::from_rules(
            ::core::env!("CARGO_MANIFEST_DIR"),
            ::std::vec::Vec::<::std::string::String>::from([#(#rules),*]),
        )
    };
    if errors.is_empty() {
        return plan;
    }
    let errors = errors.to_compile_errors();
    quote!({ #errors #plan })
}

/// Returns the call that describes a type. An error about the type points at it.
fn rule(crate_path: &TokenStream, ty: &Type) -> TokenStream {
    let span = Span::call_site().located_at(ty.span());
    quote_spanned!(span=> #crate_path::__private::rule::<#ty>())
}
