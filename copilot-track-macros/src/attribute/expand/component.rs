//! Expands `#[tracked_component]`, which sends Component Loaded when the function succeeds.

use proc_macro2::TokenStream;

use super::{
    context::Context,
    event::{self, EventExpr},
    on_success::on_success,
};
use crate::{attribute::parse::args::Args, function::tracked_fn::TrackedFn};

/// Expands `#[tracked_component]`; see [`on_success`].
pub(crate) fn expand(cx: &Context, args: &Args, function: &mut TrackedFn) -> TokenStream {
    let setters = event::setters(
        cx,
        None,
        args.message_id.as_ref(),
        &args.properties,
        &args.texts,
    );
    let event = EventExpr::from_texts(cx, "component", &[args.ty.as_ref()], &setters);
    on_success(cx, args, function, event)
}
