//! `#[tracked_component]`: Component Loaded, when the function has succeeded.

use proc_macro2::TokenStream;
use quote::quote;

use super::{Context, draft, media};
use crate::{args::Args, handler::Handler};

pub(super) fn expand(cx: &Context, args: &Args, handler: &mut Handler) -> TokenStream {
    let private = &cx.private;
    let ty = draft::text(cx, args.ty.as_ref());
    let settings = draft::settings(cx, None, args.message_id.as_ref(), &args.properties);
    media::on_success(
        cx,
        args,
        handler,
        &quote!(#private::component(#ty) #settings),
    )
}
