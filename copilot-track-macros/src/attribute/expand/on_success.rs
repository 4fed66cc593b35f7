//! An event that is sent when the function has succeeded.

use proc_macro2::TokenStream;
use quote::quote;
use syn::Expr;

use super::{
    context::Context,
    event::Draft,
    hoist::When,
    shape::said,
    span::local,
    wrap::{
        function::wrap,
        wrapper::{Around, Begin, Then},
    },
};
use crate::{
    attribute::parse::args::Args,
    function::{shape::Shape, tracked_fn::Handler},
};

/// The event of a macro that is sent when the function has succeeded.
pub(crate) fn on_success(
    cx: &Context,
    args: &Args,
    handler: &mut Handler,
    draft: Draft,
) -> TokenStream {
    let shape = said(args, handler.shape());
    if matches!(shape, Shape::Never) {
        return handler.with_body(handler.body().stream());
    }
    wrap(cx, handler, &shape, |when, _| Around {
        before: TokenStream::new(),
        call: Some(hold(cx, args.conversation.as_ref(), draft, when)),
        then: Then::Ended,
    })
}

/// The event waits for the end.
pub(crate) fn hold(
    cx: &Context,
    conversation: Option<&Expr>,
    draft: Draft,
    when: &mut When,
) -> Begin {
    let at_once = match conversation {
        None => draft.at_once(cx, "hold", &TokenStream::new()),
        Some(_) => None,
    };
    let value = at_once.unwrap_or_else(|| {
        let site = &cx.site;
        let chosen = when.chosen(cx, conversation);
        let draft = when.closure(draft.made(cx));
        quote!(#site.hold(#chosen, #draft))
    });
    Begin {
        name: local("held"),
        value,
        scoped: false,
    }
}
