//! `#[tracked_message]`: Message Sent as the call begins; the function is then the turn that works
//! on the message.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::Expr;

use super::{
    context::Context,
    evaluation::ArgEvaluation,
    event,
    shape::with_future_flag,
    span::{local, span_of},
    wrap::{
        function::{wrap, wrap_diverging},
        wrapper::{Completion, TrackedCall, Wrapper},
    },
};
use crate::{
    attribute::parse::args::Args,
    function::{shape::ReturnShape, tracked_fn::TrackedFn},
};

pub(crate) fn expand(cx: &Context, args: &Args, function: &mut TrackedFn) -> TokenStream {
    let call_site = &cx.call_site;
    let body = args.body.as_ref().map(|body| {
        let span = span_of(body);
        let (call_site, arg_traits) = (&cx.call_site, cx.arg_traits(span));
        quote_spanned!(span=> #call_site.said(#arg_traits::MessageBody::message_body(&(#body))))
    });
    // To mention a variable costs nothing where there is no conversation.
    let plain = match &args.body {
        Some(body @ (Expr::Path(_) | Expr::Lit(_))) if args.conversation.is_none() => Some(body),
        _ => None,
    };
    let setters = event::setters(
        cx,
        args.role.as_ref(),
        args.message_id.as_ref(),
        &args.properties,
    );
    let shape = with_future_flag(args, function.return_shape());
    let wrapper = |evaluation: &mut ArgEvaluation| {
        let value = match plain {
            Some(body) if setters.is_empty() && evaluation.is_lazy() => {
                let span = span_of(body);
                let arg_traits = cx.arg_traits(span);
                quote_spanned!(span=> #call_site.message_of(&(#body), #arg_traits::MessageBody::message_body))
            }
            _ => {
                let conversation = evaluation.conversation(cx, args.conversation.as_ref());
                let message = evaluation.closure(quote!(#body #setters));
                quote!(#call_site.message(#conversation, #message))
            }
        };
        Wrapper {
            before: TokenStream::new(),
            call: Some(TrackedCall {
                name: local("turn"),
                value,
                scoped: true,
            }),
            completion: Completion::None,
        }
    };
    if matches!(shape, ReturnShape::Never) {
        let wrapper = wrapper(&mut ArgEvaluation::lazy());
        return wrap_diverging(cx, function, &wrapper);
    }
    wrap(cx, function, &shape, |evaluation, _| wrapper(evaluation))
}
