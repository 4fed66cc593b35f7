//! Expands `#[tracked_conversation]`, which sends Conversation Started when the function is called
//! and Conversation Ended when it succeeds. The body runs in the scope of the conversation.
//!
//! ```text
//! input    #[tracked_conversation(conversation = c)]
//!          fn f() -> T { body }
//! output   fn f() -> T { start the conversation; let output = body in its scope; end it; output }
//! ```

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

use super::{
    context::Context,
    evaluation::{ArgEvaluation, target},
    shape::with_future_flag,
    span::{local, span_of},
    wrap::{
        function::{wrap, wrap_diverging},
        wrapper::{CallBody, Completion, TrackedCall, Wrapper},
    },
};
use crate::{
    attribute::parse::args::Args,
    function::{shape::ReturnShape, tracked_fn::TrackedFn},
};

/// Expands `#[tracked_conversation]`.
pub(crate) fn expand(cx: &Context, args: &Args, function: &mut TrackedFn) -> TokenStream {
    let shape = with_future_flag(args, function);
    let wrapper = |evaluation: &mut ArgEvaluation| {
        let conversation = args.conversation.as_ref().map(|expr| {
            let span = span_of(expr);
            let call_site = cx.call_site_at(span);
            let conversation = evaluation.closure(cx, &target(cx, args));
            quote_spanned!(span=> #call_site.conversation(#conversation))
        });
        Wrapper {
            before: TokenStream::new(),
            call: Some(TrackedCall {
                name: local("session"),
                value: quote!(#conversation),
                body: CallBody::InScope,
            }),
            completion: Completion::Outcome,
        }
    };
    if matches!(shape, ReturnShape::Never) {
        let wrapper = wrapper(&mut ArgEvaluation::lazy());
        return wrap_diverging(cx, function, &wrapper);
    }
    wrap(cx, function, &shape, |evaluation, _| wrapper(evaluation))
}
