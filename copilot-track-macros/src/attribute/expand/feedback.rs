//! Expands `#[tracked_feedback]`, which sends Feedback Submitted when the function succeeds.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::{Expr, Lit};

use super::{
    context::Context,
    event::{self, EventExpr},
    on_success::on_success,
    span::span_of,
};
use crate::{attribute::parse::args::Args, function::tracked_fn::TrackedFn};

/// Expands `#[tracked_feedback]`; see [`on_success`].
pub(crate) fn expand(cx: &Context, args: &Args, function: &mut TrackedFn) -> TokenStream {
    let setters = event::setters(
        cx,
        None,
        args.message_id.as_ref(),
        &args.properties,
        &args.texts,
    );
    let event = match &args.rating {
        Some(Expr::Lit(rating)) if setters.is_empty() && is_number(&rating.lit) => {
            EventExpr::Literal {
                constructor: "feedback",
                arguments: quote!(#rating),
                texts: Vec::new(),
                span: span_of(rating),
            }
        }
        rating => {
            let constructor_call = rating.as_ref().map(|rating| {
                let span = span_of(rating);
                let (call_site, arg_traits) = (&cx.call_site, cx.arg_traits(span));
                let rating = event::cloned_value(rating);
                quote_spanned!(span=> #call_site.feedback(#arg_traits::IntoRating::into_rating(#rating)))
            });
            EventExpr::Dynamic(quote!(#constructor_call #setters))
        }
    };
    on_success(cx, args, function, event)
}

/// Returns whether a literal is a valid rating: a number without a suffix.
fn is_number(literal: &Lit) -> bool {
    match literal {
        Lit::Int(number) => number.suffix().is_empty(),
        Lit::Float(number) => number.suffix().is_empty(),
        _ => false,
    }
}
