//! `#[tracked_component]`: Component Loaded, when the function has succeeded.

use proc_macro2::TokenStream;

use super::{
    Context,
    draft::{self, Draft},
    media,
};
use crate::{args::Args, handler::Handler};

pub(super) fn expand(cx: &Context, args: &Args, handler: &mut Handler) -> TokenStream {
    let settings = draft::settings(cx, None, args.message_id.as_ref(), &args.properties);
    let draft = Draft::of_texts(cx, "component", &[args.ty.as_ref()], &settings);
    media::on_success(cx, args, handler, draft)
}
