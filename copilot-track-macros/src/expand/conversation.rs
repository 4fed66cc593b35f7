//! `#[tracked_conversation]`: the function is a conversation from its start to its end.

use proc_macro2::TokenStream;
use quote::quote;

use super::{
    Context,
    block::{self, Around, Begin, Then},
    local,
    tool::said,
    when::When,
};
use crate::{
    args::Args,
    handler::{Handler, output::Shape},
};

pub(super) fn expand(cx: &Context, args: &Args, handler: &mut Handler) -> TokenStream {
    let site = &cx.site;
    let shape = said(args, handler.shape());
    let around = |when: &mut When| {
        let chosen = when.chosen(cx, args.conversation.as_ref());
        Around {
            before: TokenStream::new(),
            call: Some(Begin {
                name: local("session"),
                value: quote!(#site.conversation(#chosen)),
                scoped: true,
            }),
            then: Then::Ended,
        }
    };
    if matches!(shape, Shape::Never) {
        let around = around(&mut When::now());
        return block::unending(cx, handler, &around);
    }
    block::wrap(cx, handler, &shape, |when, _| around(when))
}
