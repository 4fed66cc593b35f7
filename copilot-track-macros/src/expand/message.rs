//! `#[tracked_message]`: Message Sent as the call begins; the function is then the turn that works on the message.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

use super::{
    Context,
    block::{self, Around},
    draft, local,
    reply::{never_scope, whole},
    spans::at,
    tool::said,
};
use crate::{
    args::Args,
    handler::{Handler, output::Shape},
};

pub(super) fn expand(cx: &Context, args: &Args, handler: &mut Handler) -> TokenStream {
    let (private, site) = (&cx.private, &cx.site);
    let turn = local("turn");
    let body = args.body.as_ref().map(|body| {
        let place = at(body);
        let private = cx.private_at(place);
        quote_spanned!(place=> #private::said(#private::MessageBody::message_body(&(#body))))
    });
    let settings = draft::settings(
        cx,
        args.role.as_ref(),
        args.message_id.as_ref(),
        &args.properties,
    );
    let shape = said(args, handler.shape());
    if matches!(shape, Shape::Never) {
        let start = quote!(let #turn = #site.message(#private::AMBIENT, || #body #settings););
        return never_scope(cx, handler, &start, &turn);
    }
    block::wrap(cx, handler, &shape, |when, _| {
        let chosen = when.chosen(cx, args.conversation.as_ref());
        let message = when.closure(quote!(#body #settings));
        Around {
            start: quote!(let #turn = #site.message(#chosen, #message);),
            scope: Some(turn.clone()),
            end: TokenStream::new(),
            value: Some(whole()),
        }
    })
}
