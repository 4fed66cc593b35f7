//! Expands `#[tracked_tool]`, which sends Action Invoked when the function is called or, with
//! `record(…)`, when the call ends.
//!
//! ```text
//! input    #[tracked_tool(type = "Lookup")]
//!          async fn look_up(sku: &str) -> T { body }
//! output   async fn look_up(sku: &str) -> T { send the event; { body } }
//!
//! input    #[tracked_tool(type = "Lookup", record(duration, outcome))]
//!          async fn look_up(sku: &str) -> T { body }
//! output   fn look_up(sku: &str) -> impl Future<Output = T> {
//!              static CALL_SITE;
//!              run(async move { start recording; { body } }, record the outcome and send the event)
//!          }
//! ```

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::{Expr, ExprLit, Lit, LitStr};

use super::{
    closure::{apply_closure, takes_result},
    context::Context,
    evaluation::ArgEvaluation,
    event::{self, EventExpr},
    media,
    on_success::{held_call, hold_event},
    result::with_result,
    shape::with_future_flag,
    span::{local, span_of},
    wrap::{
        function::{prepend, wrap, wrap_diverging},
        wrapper::{CallBody, Completion, TrackedCall, Wrapper, completion_ident, output_ident},
    },
};
use crate::{
    attribute::parse::{args::Args, media::MediaArgs, record::Record},
    case::to_words,
    function::{shape::ReturnShape, tracked_fn::TrackedFn},
};

/// Expands `#[tracked_tool]`.
pub(crate) fn expand(cx: &Context, args: &Args, function: &mut TrackedFn) -> TokenStream {
    let event = action_event(cx, args, &function.sig.ident);
    let shape = with_future_flag(args, function);
    let never = matches!(shape, ReturnShape::Never);
    let media = args.media.as_ref().filter(|_| !never);
    // The event is sent at the end of the call if it contains properties of the result.
    let without_facts = Record::default();
    let record = args
        .record
        .as_ref()
        .or((!args.result.is_empty()).then_some(&without_facts));
    let is_value = cx.checks.kind.is_none() && !matches!(shape, ReturnShape::Future { .. });
    if record.is_none() && media.is_none() && is_value {
        // In a `#[track_caller]` function, the location of the call would be that of the caller.
        let needs_call_site = !args.uses_current() || function.may_track_caller();
        let name = &function.sig.ident;
        if let Some(call) = event.send_action(cx, name).filter(|_| !needs_call_site) {
            let body = function.body();
            return function.with_body(quote!(#call; #body));
        }
        let start = send_event(cx, args, &mut ArgEvaluation::lazy(), event);
        return prepend(cx, function, &start);
    }
    let wrapper = move |evaluation: &mut ArgEvaluation| {
        let Some(record) = record else {
            return match media {
                Some(media) => media_wrapper(cx, args, media, evaluation, event),
                None => Wrapper {
                    before: send_event(cx, args, evaluation, event),
                    call: None,
                    completion: Completion::None,
                },
            };
        };
        Wrapper {
            before: TokenStream::new(),
            call: Some(record_call(cx, args, record, media, evaluation, event)),
            completion: with_result(cx, args, completion(cx, record)),
        }
    };
    if never {
        return wrap_diverging(cx, function, &wrapper(&mut ArgEvaluation::lazy()));
    }
    wrap(cx, function, &shape, |evaluation, _| wrapper(evaluation))
}

/// Returns the wrapper for a tool with `media(…)` and without `record(…)` and `result(…)`.
fn media_wrapper(
    cx: &Context,
    args: &Args,
    media: &MediaArgs,
    evaluation: &mut ArgEvaluation,
    event: EventExpr,
) -> Wrapper {
    let media = media::nested_event(cx, media);
    let (before, call) = if args.uses_current() {
        let before = send_event(cx, args, evaluation, event);
        (before, hold_event(cx, args, media, evaluation))
    } else {
        // One runtime call uses the conversation and the condition for both events, because each
        // expression is evaluated once.
        let call_site = &cx.call_site;
        let conversation = evaluation.conversation(cx, args);
        let event = evaluation.closure(cx, &event.into_tokens(cx));
        let media = evaluation.closure(cx, &media.into_tokens(cx));
        let value = quote!(#call_site.send_and_hold(#conversation, #event, #media));
        (TokenStream::new(), held_call(value))
    };
    Wrapper {
        before,
        call: Some(call),
        completion: Completion::Outcome,
    }
}

/// Returns the statement that sends the event.
fn send_event(
    cx: &Context,
    args: &Args,
    evaluation: &mut ArgEvaluation,
    event: EventExpr,
) -> TokenStream {
    let call_site = &cx.call_site;
    if args.uses_current() {
        if let Some(sent) = event.fused_call(cx, "send", &TokenStream::new()) {
            return quote!(#sent;);
        }
        let event = evaluation.value(cx, &event.into_tokens(cx));
        return quote!(if #call_site.is_in_scope() { #call_site.send(#event); });
    }
    let scope = local("scope");
    let conversation = evaluation.conversation(cx, args);
    let event = evaluation.value(cx, &event.into_tokens(cx));
    quote! {
        if let ::core::option::Option::Some(#scope) = #call_site.active_scope(#conversation) {
            #scope.send(#event);
        }
    }
}

fn action_event(cx: &Context, args: &Args, function: &Ident) -> EventExpr {
    let words = args.action.is_none().then(|| {
        let words = LitStr::new(&to_words(function), Span::call_site());
        Expr::Lit(ExprLit {
            attrs: Vec::new(),
            lit: Lit::Str(words),
        })
    });
    let action = args.action.as_ref().or(words.as_ref());
    let setters = event::setters(
        cx,
        args.role.as_ref(),
        args.message_id.as_ref(),
        &args.properties,
        &args.texts,
    );
    EventExpr::from_texts(cx, "action", &[args.ty.as_ref(), action], &setters)
}

/// Returns the recorder for a call with `record(…)`.
fn record_call(
    cx: &Context,
    args: &Args,
    record: &Record,
    media: Option<&MediaArgs>,
    evaluation: &mut ArgEvaluation,
    event: EventExpr,
) -> TrackedCall {
    let call_site = &cx.call_site;
    let Record {
        duration,
        outcome,
        error_type,
        ..
    } = record;
    let record = quote!(#duration, #outcome, #error_type,);
    let fused = match media {
        None if args.uses_current() => event.fused_call(cx, "record", &record),
        _ => None,
    };
    let value = fused.unwrap_or_else(|| {
        let conversation = evaluation.conversation(cx, args);
        let event = evaluation.closure(cx, &event.into_tokens(cx));
        let options = quote!(#call_site.record_options(#record));
        if let Some(media) = media {
            let media_event = evaluation.closure(cx, &media::nested_event(cx, media).into_tokens(cx));
            return quote!(#call_site.record_and_hold(#conversation, #options, #event, #media_event));
        }
        quote!(#call_site.record(#conversation, #options, #event))
    });
    TrackedCall {
        name: local("recorder"),
        value,
        body: CallBody::Observed,
    }
}

/// Returns the completion that passes the outcome of the call to the recorder.
fn completion(cx: &Context, record: &Record) -> Completion {
    let call_site = &cx.call_site;
    let Some(outcome) = &record.outcome_of else {
        return Completion::Outcome;
    };
    let (output, completion) = (output_ident(), completion_ident());
    let span = span_of(outcome);
    let arg_traits = cx.arg_traits(span);
    let to_text = |value: &TokenStream| {
        let applied = apply_closure(outcome, value);
        quote_spanned!(span=> #arg_traits::IntoOutcome::to_outcome(&(#applied)))
    };
    if takes_result(outcome) {
        let text = to_text(&output.to_token_stream());
        return Completion::Inspect(
            quote!(#completion.finish_with_outcome(#call_site.inspect(#output).failure(), #text)),
        );
    }
    let value = local("value");
    let text = to_text(&value.to_token_stream());
    Completion::Inspect(quote! {
        match #call_site.inspect(#output).success() {
            ::core::option::Option::Some(#value) => #completion.finish_with_outcome(::core::option::Option::None, #text),
            ::core::option::Option::None => #completion.finish(#call_site.inspect(#output).failure()),
        }
    })
}
