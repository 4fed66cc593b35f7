//! `#[tracked_feedback]`: Feedback Submitted, when the function that takes the rating has succeeded.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

use super::{Context, draft, media, spans::at};
use crate::{args::Args, handler::Handler};

pub(super) fn expand(cx: &Context, args: &Args, handler: &mut Handler) -> TokenStream {
    let rating = args.rating.as_ref().map(|rating| {
        let place = at(rating);
        let private = cx.private_at(place);
        let rating = draft::value(cx, rating);
        quote_spanned!(place=> #private::feedback(#rating))
    });
    let settings = draft::settings(cx, None, args.message_id.as_ref(), &args.properties);
    media::on_success(cx, args, handler, &quote!(#rating #settings))
}
