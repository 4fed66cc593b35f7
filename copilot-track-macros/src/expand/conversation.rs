//! `#[tracked_conversation]`: the function is a conversation from its start to its end.

use proc_macro2::TokenStream;
use quote::quote;

use super::{
    Context,
    block::{self, Around, out},
    local,
    reply::never_scope,
    tool::said,
    when::When,
};
use crate::{
    args::Args,
    handler::{Handler, output::Shape},
};

pub(super) fn expand(cx: &Context, args: &Args, handler: &mut Handler) -> TokenStream {
    let (private, site) = (&cx.private, &cx.site);
    let (session, out) = (local("session"), out());
    let shape = said(args, handler.shape());
    if matches!(shape, Shape::Never) {
        let chosen = When::now().chosen(cx, args.conversation.as_ref());
        let start = quote!(let #session = #site.conversation(#chosen););
        return never_scope(cx, handler, &start, &session);
    }
    block::wrap(cx, handler, &shape, |when, _| {
        let chosen = when.chosen(cx, args.conversation.as_ref());
        Around {
            start: quote!(let #session = #site.conversation(#chosen);),
            scope: Some(session.clone()),
            end: quote!(#[allow(unreachable_code)] {
                #[allow(unused_imports)]
                use #private::{Fallible as _, Infallible as _};
                #session.finish((&&#private::Probe(&#out)).failure());
            }),
            value: None,
        }
    })
}
