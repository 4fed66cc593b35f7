//! `#[tracked_media]`, and `media(…)` on a tool: Media Generated, when the function has succeeded.

use proc_macro2::TokenStream;
use syn::Expr;

use super::{
    context::Context,
    event::{self, Draft},
    on_success::on_success,
};
use crate::{
    attribute::parse::{args::Args, media::MediaArgs, properties::Property},
    function::tracked_fn::Handler,
};

pub(crate) fn expand(cx: &Context, args: &Args, handler: &mut Handler) -> TokenStream {
    let draft = generated(
        cx,
        args.ty.as_ref(),
        args.sub_type.as_ref(),
        &event::settings(
            cx,
            args.role.as_ref(),
            args.message_id.as_ref(),
            &args.properties,
        ),
    );
    on_success(cx, args, handler, draft)
}

/// The event of `media(…)`.
pub(crate) fn nested(cx: &Context, media: &MediaArgs) -> Draft {
    let MediaArgs {
        ty,
        sub_type,
        role,
        message_id,
        properties,
    } = media;
    let properties: &[Property] = properties;
    let settings = event::settings(cx, role.as_ref(), message_id.as_ref(), properties);
    generated(cx, ty.as_ref(), sub_type.as_ref(), &settings)
}

fn generated(
    cx: &Context,
    ty: Option<&Expr>,
    sub_type: Option<&Expr>,
    settings: &TokenStream,
) -> Draft {
    Draft::of_texts(cx, "media", &[ty, sub_type], settings)
}
