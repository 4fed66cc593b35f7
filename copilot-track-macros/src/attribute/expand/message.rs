//! Expands `#[tracked_message]`, which sends Message Sent when the function is called. The body
//! runs in the scope of the turn that the message starts.
//!
//! ```text
//! input    #[tracked_message(body = text)]
//!          async fn handle(text: String) -> T { body }
//! output   fn handle(text: String) -> impl Future<Output = T> {
//!              scoped(async move { send the message and enter its turn; { body } })
//!          }
//! ```

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::Expr;

use super::{
    context::Context,
    evaluation::ArgEvaluation,
    event,
    shape::with_future_flag,
    span::{local, span_of, unify},
    wrap::{
        function::{wrap, wrap_diverging},
        wrapper::{CallBody, Completion, TrackedCall, Wrapper},
    },
};
use crate::{
    attribute::parse::args::Args,
    function::{shape::ReturnShape, tracked_fn::TrackedFn},
};

/// Expands `#[tracked_message]`.
pub(crate) fn expand(cx: &Context, args: &Args, function: &mut TrackedFn) -> TokenStream {
    let call_site = &cx.call_site;
    let body = args.body.as_ref().map(|body| sent_event(cx, body));
    // A variable or literal needs no closure, because evaluating it costs nothing even without a
    // conversation.
    let plain = match &args.body {
        Some(body @ (Expr::Path(_) | Expr::Lit(_))) if args.uses_current() => Some(body),
        _ => None,
    };
    let setters = event::setters(
        cx,
        args.role.as_ref(),
        args.message_id.as_ref(),
        &args.properties,
        &args.texts,
    );
    let shape = with_future_flag(args, function);
    let wrapper = |evaluation: &mut ArgEvaluation| {
        let value = match plain {
            Some(body) if setters.is_empty() && evaluation.is_lazy() => {
                // All generated tokens have the same location and hygiene, so that the compiler
                // reports an error only once.
                let span = Span::mixed_site().located_at(span_of(body));
                let arg_traits = cx.arg_traits(span);
                let call_site = unify(quote!(#call_site), span);
                quote_spanned!(span=> #call_site.message_of(&(#body), #arg_traits::MessageBody::message_body))
            }
            _ => {
                let conversation = evaluation.conversation(cx, args);
                let message = evaluation.closure(cx, &quote!(#body #setters));
                quote!(#call_site.message(#conversation, #message))
            }
        };
        Wrapper {
            before: TokenStream::new(),
            call: Some(TrackedCall {
                name: local("turn"),
                value,
                body: CallBody::InScope,
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

/// Returns the expression that creates Message Sent with the text `body`.
pub(crate) fn sent_event(cx: &Context, body: &Expr) -> TokenStream {
    let span = span_of(body);
    let (call_site, arg_traits) = (&cx.call_site, cx.arg_traits(span));
    quote_spanned!(span=> #call_site.message_sent(#arg_traits::MessageBody::message_body(&(#body))))
}
