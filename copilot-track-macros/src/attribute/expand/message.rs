//! `#[tracked_message]`: Message Sent as the call begins; the function is then the turn that works
//! on the message.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::Expr;

use super::{
    context::Context,
    event,
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
    let site = &cx.site;
    let body = args.body.as_ref().map(|body| {
        let place = at(body);
        let (site, traits) = (&cx.site, cx.traits(place));
        quote_spanned!(place=> #site.said(#traits::MessageBody::message_body(&(#body))))
    });
    // To mention a variable costs nothing where there is no conversation.
    let plain = match &args.body {
        Some(body @ (Expr::Path(_) | Expr::Lit(_))) if args.conversation.is_none() => Some(body),
        _ => None,
    };
    let settings = event::settings(
        cx,
        args.role.as_ref(),
        args.message_id.as_ref(),
        &args.properties,
    );
    let shape = said(args, handler.shape());
    let around = |when: &mut When| {
        let value = match plain {
            Some(body) if settings.is_empty() && when.is_now() => {
                let place = at(body);
                let traits = cx.traits(place);
                quote_spanned!(place=> #site.message_of(&(#body), #traits::MessageBody::message_body))
            }
            _ => {
                let chosen = when.chosen(cx, args.conversation.as_ref());
                let message = when.closure(quote!(#body #settings));
                quote!(#site.message(#chosen, #message))
            }
        };
        Around {
            before: TokenStream::new(),
            call: Some(Begin {
                name: local("turn"),
                value,
                scoped: true,
            }),
            then: Then::Nothing,
        }
    };
    if matches!(shape, Shape::Never) {
        let around = around(&mut When::now());
        return unending(cx, handler, &around);
    }
    wrap(cx, handler, &shape, |when, _| around(when))
}
