//! `#[tracked_media]`, and `media(…)` on a tool: Media Generated, when the function has succeeded.

use proc_macro2::TokenStream;
use quote::quote;
use syn::Expr;

use super::{
    Context,
    block::{self, Around, Begin, Then},
    draft::{self, Draft},
    local,
    tool::said,
    when::When,
};
use crate::{
    args::{Args, MediaArgs, Property},
    handler::{Handler, output::Shape},
};

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
    on_success(cx, args, handler, draft)
}

/// The event of a macro that is sent when the function has succeeded.
pub(super) fn on_success(
    cx: &Context,
    args: &Args,
    handler: &mut Handler,
    draft: Draft,
) -> TokenStream {
    let shape = said(args, handler.shape());
    if matches!(shape, Shape::Never) {
        return handler.with_body(handler.body().stream());
    }
    block::wrap(cx, handler, &shape, |when, _| Around {
        before: TokenStream::new(),
        call: Some(hold(cx, args.conversation.as_ref(), draft, when)),
        then: Then::Ended,
    })
}

/// The event of `media(…)`.
pub(super) fn nested(cx: &Context, media: &MediaArgs) -> Draft {
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

/// The event waits for the end.
pub(super) fn hold(
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

fn generated(
    cx: &Context,
    ty: Option<&Expr>,
    sub_type: Option<&Expr>,
    settings: &TokenStream,
) -> Draft {
    Draft::of_texts(cx, "media", &[ty, sub_type], settings)
}
