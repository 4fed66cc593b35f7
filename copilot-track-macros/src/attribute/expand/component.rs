//! `#[tracked_component]`: Component Loaded, when the function has succeeded.

use proc_macro2::TokenStream;

use super::{
    context::Context,
    event::{self, Draft},
    on_success::on_success,
};
use crate::{attribute::parse::args::Args, function::tracked_fn::Handler};

pub(crate) fn expand(cx: &Context, args: &Args, handler: &mut Handler) -> TokenStream {
    let settings = event::settings(cx, None, args.message_id.as_ref(), &args.properties);
    let draft = Draft::of_texts(cx, "component", &[args.ty.as_ref()], &settings);
    on_success(cx, args, handler, draft)
}
