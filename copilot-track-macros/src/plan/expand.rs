//! Generates the call that creates the plan.
//!
//! Input: `$crate; ItemPurchased, QuoteCreated`. Output:
//!
//! ```text
//! ::copilot_track_plan::Plan::from_rules(
//!     ::core::env!("CARGO_MANIFEST_DIR"),
//!     Vec::<String>::from([
//!         {
//!             use $crate::__private::OtherListed as _;
//!             let _ = <ItemPurchased as $crate::TrackEvent>::name;
//!             let event = (&$crate::__private::ListedType::<ItemPurchased>::NEW).event();
//!             $crate::__private::rule($crate::args::PlannedEvent::description(event))
//!         },
//!         …
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
    let checks = types.iter().map(|ty| check(&crate_path, ty));
    let rules = types.iter().map(|ty| rule(&crate_path, ty));
    let rules = rules.filter(|_| errors.is_empty());
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
    quote!({ #errors #(#checks)* #plan })
}

/// Returns a statement that is an error if the type is not an event. The error points at the type.
fn check(crate_path: &TokenStream, ty: &Type) -> TokenStream {
    let (span, crate_path) = at_type(crate_path, ty);
    quote_spanned!(span=> let _ = <#ty as #crate_path::TrackEvent>::name;)
}

/// Returns an expression for the rule of an event. An error about the type points at it.
fn rule(crate_path: &TokenStream, ty: &Type) -> TokenStream {
    let check = check(crate_path, ty);
    let (span, crate_path) = at_type(crate_path, ty);
    // The error about the description points at the variable.
    quote_spanned!(span=> {
        #[allow(unused_imports)]
        use #crate_path::__private::OtherListed as _;
        #check
        let event = (&#crate_path::__private::ListedType::<#ty>::NEW).event();
        #crate_path::__private::rule(#crate_path::args::PlannedEvent::description(event))
    })
}

/// Returns the span of generated tokens, and the path to the library with this span. Errors point
/// at the type. Names resolve as those of `copilot_track::plan!`, so errors name only this macro.
/// If the tokens of a call came from several macros, errors would point at the whole invocation.
fn at_type(crate_path: &TokenStream, ty: &Type) -> (Span, TokenStream) {
    let first = crate_path.clone().into_iter().next();
    let span = first.map_or_else(Span::call_site, |token| token.span());
    let span = span.located_at(ty.span());
    let path = crate_path.clone().into_iter().map(|mut token| {
        token.set_span(span);
        token
    });
    (span, path.collect())
}
