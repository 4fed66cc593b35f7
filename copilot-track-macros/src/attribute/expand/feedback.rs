//! `#[tracked_feedback]`: Feedback Submitted, when the function that takes the rating has
//! succeeded.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::{Expr, Lit};

use super::{
    context::Context,
    event::{self, Draft},
    on_success::on_success,
    span::at,
};
use crate::{attribute::parse::args::Args, function::tracked_fn::Handler};

pub(crate) fn expand(cx: &Context, args: &Args, handler: &mut Handler) -> TokenStream {
    let settings = event::settings(cx, None, args.message_id.as_ref(), &args.properties);
    let draft = match &args.rating {
        Some(Expr::Lit(rating)) if settings.is_empty() && is_number(&rating.lit) => Draft::Plain {
            kind: "feedback",
            literals: quote!(#rating),
            place: at(rating),
        },
        rating => {
            let made = rating.as_ref().map(|rating| {
                let place = at(rating);
                let (site, traits) = (&cx.site, cx.traits(place));
                let rating = event::value(cx, rating);
                quote_spanned!(place=> #site.feedback(#traits::IntoRating::into_rating(#rating)))
            });
            Draft::Made(quote!(#made #settings))
        }
    };
    on_success(cx, args, handler, draft)
}

/// Whether it surely is a rating.
fn is_number(literal: &Lit) -> bool {
    match literal {
        Lit::Int(number) => number.suffix().is_empty(),
        Lit::Float(number) => number.suffix().is_empty(),
        _ => false,
    }
}
