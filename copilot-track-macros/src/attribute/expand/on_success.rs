//! Events that are sent when the function succeeds.
//!
//! ```text
//! input    #[tracked_media(type = "image", sub_type = "png")]
//!          fn draw() -> Result<T, E> { body }
//! output   fn draw() -> Result<T, E> {
//!              let event = hold(media event);
//!              let output = { body };
//!              event.finish(the error in output, if any);
//!              output
//!          }
//! ```

use proc_macro2::TokenStream;
use quote::quote;

use super::{
    context::Context,
    evaluation::ArgEvaluation,
    event::EventExpr,
    result::with_result,
    shape::with_future_flag,
    span::local,
    wrap::{
        function::wrap,
        wrapper::{CallBody, Completion, TrackedCall, Wrapper},
    },
};
use crate::{
    attribute::parse::args::Args,
    function::{shape::ReturnShape, tracked_fn::TrackedFn},
};

/// Returns the new function, which sends `event` when it succeeds.
pub(crate) fn on_success(
    cx: &Context,
    args: &Args,
    function: &mut TrackedFn,
    event: EventExpr,
) -> TokenStream {
    let shape = with_future_flag(args, function);
    if matches!(shape, ReturnShape::Never) {
        return function.with_body(function.body().stream());
    }
    wrap(cx, function, &shape, |evaluation, _| Wrapper {
        before: TokenStream::new(),
        call: Some(hold_event(cx, args, event, evaluation)),
        completion: with_result(cx, args, Completion::Outcome),
    })
}

/// Returns the tracked call that holds `event` until the function has completed.
pub(crate) fn hold_event(
    cx: &Context,
    args: &Args,
    event: EventExpr,
    evaluation: &mut ArgEvaluation,
) -> TrackedCall {
    let fused = args
        .uses_current()
        .then(|| event.fused_call(cx, "hold", &TokenStream::new()))
        .flatten();
    let value = fused.unwrap_or_else(|| {
        let call_site = &cx.call_site;
        let conversation = evaluation.conversation(cx, args);
        let event = evaluation.closure(cx, &event.into_tokens(cx));
        quote!(#call_site.hold(#conversation, #event))
    });
    held_call(value)
}

/// Returns the tracked call that `value` creates and that holds an event.
pub(crate) fn held_call(value: TokenStream) -> TrackedCall {
    TrackedCall {
        name: local("event"),
        value,
        body: CallBody::Unobserved,
    }
}
