//! `#[tracked_conversation]`: the function is a conversation from its start to its end.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

use super::{
    context::Context,
    hoist::When,
    shape::said,
    span::{at, local},
    wrap::{
        function::{unending, wrap},
        wrapper::{Around, Begin, Then},
    },
};
use crate::{
    attribute::parse::args::Args,
    function::{shape::Shape, tracked_fn::Handler},
};

pub(crate) fn expand(cx: &Context, args: &Args, handler: &mut Handler) -> TokenStream {
    let shape = said(args, handler.shape());
    let around = |when: &mut When| {
        let conversation = args.conversation.as_ref().map(|expr| {
            let place = at(expr);
            let chosen = when.chosen(cx, Some(expr));
            let site = cx.site_at(place);
            quote_spanned!(place=> #site.conversation(#chosen))
        });
        Around {
            before: TokenStream::new(),
            call: Some(Begin {
                name: local("session"),
                value: quote!(#conversation),
                scoped: true,
            }),
            then: Then::Ended,
        }
    };
    if matches!(shape, Shape::Never) {
        let around = around(&mut When::now());
        return unending(cx, handler, &around);
    }
    wrap(cx, handler, &shape, |when, _| around(when))
}
