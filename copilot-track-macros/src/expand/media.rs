//! `#[tracked_media]`, and `media(…)` on a tool: Media Generated, when the function has succeeded.

use proc_macro2::TokenStream;
use quote::quote;
use syn::Expr;

use super::{
    Context,
    block::{self, Around, out},
    draft, local,
    tool::said,
    when::When,
};
use crate::{
    args::{Args, MediaArgs, Property},
    handler::{Handler, output::Shape},
};

/// What holds an event back until the function has succeeded.
pub(super) struct Held {
    pub(super) start: TokenStream,
    pub(super) end: TokenStream,
}

pub(super) fn expand(cx: &Context, args: &Args, handler: &mut Handler) -> TokenStream {
    let draft = generated(
        cx,
        args.ty.as_ref(),
        args.sub_type.as_ref(),
        &draft::settings(
            cx,
            args.role.as_ref(),
            args.message_id.as_ref(),
            &args.properties,
        ),
    );
    on_success(cx, args, handler, &draft)
}

/// The event of a macro that is sent when the function has succeeded.
pub(super) fn on_success(
    cx: &Context,
    args: &Args,
    handler: &mut Handler,
    draft: &TokenStream,
) -> TokenStream {
    let shape = said(args, handler.shape());
    if matches!(shape, Shape::Never) {
        return handler.with_body(&handler.body().stream());
    }
    block::wrap(cx, handler, &shape, |when, _| {
        let Held { start, end } = hold(cx, args.conversation.as_ref(), draft, when);
        Around {
            start,
            scope: None,
            end,
            value: None,
        }
    })
}

/// `media(…)` inside another attribute.
pub(super) fn held(
    cx: &Context,
    conversation: Option<&Expr>,
    media: &MediaArgs,
    when: &mut When,
) -> Held {
    hold(cx, conversation, &nested(cx, media), when)
}

/// The event of `media(…)`.
pub(super) fn nested(cx: &Context, media: &MediaArgs) -> TokenStream {
    let MediaArgs {
        ty,
        sub_type,
        role,
        message_id,
        properties,
    } = media;
    let properties: &[Property] = properties;
    let settings = draft::settings(cx, role.as_ref(), message_id.as_ref(), properties);
    generated(cx, ty.as_ref(), sub_type.as_ref(), &settings)
}

fn hold(cx: &Context, conversation: Option<&Expr>, draft: &TokenStream, when: &mut When) -> Held {
    let (private, site) = (&cx.private, &cx.site);
    let (held, out) = (local("held"), out());
    let chosen = when.chosen(cx, conversation);
    let draft = when.closure(draft.clone());
    Held {
        start: quote!(let #held = #site.hold(#chosen, #draft);),
        end: quote!(#[allow(unreachable_code)] {
            #[allow(unused_imports)]
            use #private::{Fallible as _, Infallible as _};
            #held.finish((&&#private::Probe(&#out)).failure());
        }),
    }
}

fn generated(
    cx: &Context,
    ty: Option<&Expr>,
    sub_type: Option<&Expr>,
    settings: &TokenStream,
) -> TokenStream {
    let private = &cx.private;
    let ty = draft::text(cx, ty);
    let sub_type = draft::text(cx, sub_type);
    quote!(#private::media(#ty, #sub_type) #settings)
}
