//! Expands `#[tracked_media]`, and `media(…)` in other attributes. Both send Media Generated when
//! the function succeeds.

use proc_macro2::TokenStream;
use syn::Expr;

use super::{
    context::Context,
    event::{self, EventExpr},
    on_success::on_success,
};
use crate::{
    attribute::parse::{args::Args, media::MediaArgs},
    function::tracked_fn::TrackedFn,
};

/// Expands `#[tracked_media]`; see [`on_success`].
pub(crate) fn expand(cx: &Context, args: &Args, function: &mut TrackedFn) -> TokenStream {
    let event = media_event(
        cx,
        args.ty.as_ref(),
        args.sub_type.as_ref(),
        &event::setters(
            cx,
            args.role.as_ref(),
            args.message_id.as_ref(),
            &args.properties,
            &args.texts,
        ),
    );
    on_success(cx, args, function, event)
}

/// Returns the event of `media(…)` in another attribute.
pub(crate) fn nested_event(cx: &Context, media: &MediaArgs) -> EventExpr {
    let MediaArgs {
        ty,
        sub_type,
        role,
        message_id,
        properties,
        texts,
    } = media;
    let setters = event::setters(cx, role.as_ref(), message_id.as_ref(), properties, texts);
    media_event(cx, ty.as_ref(), sub_type.as_ref(), &setters)
}

fn media_event(
    cx: &Context,
    ty: Option<&Expr>,
    sub_type: Option<&Expr>,
    setters: &TokenStream,
) -> EventExpr {
    EventExpr::from_texts(cx, "media", &[ty, sub_type], setters)
}
