//! The end of a call.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote};

use super::wrapper::{Around, Then, end, out};
use crate::attribute::expand::{context::Context, span::located};

/// The call from its beginning to its end; `run` is the statement that makes [`out`].
pub(crate) fn finished(cx: &Context, around: &Around, run: &TokenStream) -> TokenStream {
    let (start, out) = (around.start(), out());
    let end = around.call.as_ref().and_then(|call| {
        let how = how(cx, &around.then, &call.name)?;
        Some(quote!(#[allow(unreachable_code)] #how;))
    });
    let value = match &around.then {
        Then::Value(value) => value.clone(),
        _ => out.to_token_stream(),
    };
    quote!(#start #run #end #value)
}

/// The end of a call whose value is there.
fn how(cx: &Context, then: &Then, call: &Ident) -> Option<TokenStream> {
    let site = &cx.site;
    let (out, end) = (out(), end());
    match then {
        Then::Nothing | Then::Value(_) => None,
        Then::Ended => Some(quote!(#call.ended(#site.seen(&#out).failure()))),
        Then::Said(place) => {
            let traits = cx.traits(Span::call_site());
            let text = quote!(#traits::MessageBody::message_body);
            let said = quote!(#call.said(#site.seen(&#out).failure(), &#out, #text));
            Some(located(said, *place))
        }
        Then::Look(look) => Some(quote!(#call.end(&#out, |#out, #end| { #look }))),
    }
}
