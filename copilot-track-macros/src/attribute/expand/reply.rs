//! Expands `#[tracked_reply]`, which sends Message Received with the value or stream that the
//! function returns, and `#[tracked_turn]`, which sends Message Sent first.
//!
//! ```text
//! input    #[tracked_reply]
//!          async fn answer() -> String { body }
//! output   fn answer() -> impl Future<Output = String> {
//!              run(async move { start the reply; { body } }, send its text)
//!          }
//!
//! input    #[tracked_reply]
//!          fn answer() -> impl Stream<Item = String> { body }
//! output   fn answer() -> impl Stream<Item = String> {
//!              let reply = start the reply;
//!              let output = { body };
//!              reply.stream(output, |item, text| append the item's text)
//!          }
//! ```

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::{Expr, ReturnType};

use super::{
    closure::{apply_closure, takes_result},
    context::Context,
    evaluation::ArgEvaluation,
    event, media, message,
    result::with_result,
    shape::{with_future_flag, with_stream_flag},
    span::{first_written, local, relocate, span_of},
    wrap::{
        function::{wrap, wrap_diverging},
        wrapper::{CallBody, Completion, TrackedCall, Wrapper, completion_ident, output_ident},
    },
};
use crate::{
    attribute::parse::args::Args,
    function::{
        return_type::ErasedType,
        shape::{ReturnShape, StreamType},
        tracked_fn::TrackedFn,
    },
};

/// Expands `#[tracked_reply]` and `#[tracked_turn]`.
pub(crate) fn expand(cx: &Context, args: &Args, function: &mut TrackedFn) -> TokenStream {
    let reply = local("reply");
    let shape = with_stream_flag(args, with_future_flag(args, function));
    let type_span = type_span(&shape, function);
    if matches!(shape, ReturnShape::Never) {
        let wrapper = value_wrapper(cx, args, &mut ArgEvaluation::lazy(), &reply, type_span);
        return wrap_diverging(cx, function, &wrapper);
    }
    wrap(cx, function, &shape, |evaluation, shape| match shape {
        ReturnShape::Stream(stream) => {
            stream_wrapper(cx, args, evaluation, stream, &reply, type_span, false)
        }
        ReturnShape::FallibleStream(stream) => {
            stream_wrapper(cx, args, evaluation, stream, &reply, type_span, true)
        }
        _ => value_wrapper(cx, args, evaluation, &reply, type_span),
    })
}

/// Returns the span at which the compiler reports a type without text. For a future, this is the
/// type of its output. Another attribute, such as `#[async_trait]`, may have written a part of the
/// return type or all of it. The span is that of the first token that the user wrote, or of the
/// function's name.
fn type_span(shape: &ReturnShape, function: &TrackedFn) -> Span {
    let ty = match (shape, &function.sig.output) {
        (
            ReturnShape::Future {
                output_type: Some(ty),
                ..
            },
            _,
        )
        | (_, ReturnType::Type(_, ty)) => ty,
        (_, ReturnType::Default) => return function.sig.ident.span(),
    };
    first_written(ty.to_token_stream()).unwrap_or_else(|| function.sig.ident.span())
}

/// Returns the wrapper for a function that returns the reply as one value.
fn value_wrapper(
    cx: &Context,
    args: &Args,
    evaluation: &mut ArgEvaluation,
    reply: &Ident,
    type_span: Span,
) -> Wrapper {
    let call_site = &cx.call_site;
    let (output, completion) = (output_ident(), completion_ident());
    let value = match (&args.message, reply_options(cx, args)) {
        (None, None) if args.uses_current() => quote!(#call_site.default_reply()),
        (message, options) => {
            let conversation = evaluation.conversation(cx, args);
            let message = message
                .as_ref()
                .map(|text| evaluation.closure(cx, &message::sent_event(cx, text)));
            let options = evaluation.closure(cx, &quote!(#call_site.reply_options() #options));
            match message {
                None => quote!(#call_site.reply(#conversation, #options)),
                Some(message) => quote!(#call_site.turn(#conversation, #message, #options)),
            }
        }
    };
    let completion = match &args.body {
        None => Completion::ReplyText(type_span),
        Some(body) if takes_result(body) => {
            let text = text_expr(cx, body, &output.to_token_stream());
            Completion::Inspect(
                quote!(#completion.finish_reply(#call_site.inspect(#output).failure(), #text)),
            )
        }
        Some(body) => {
            let value = local("value");
            let text = text_expr(cx, body, &value.to_token_stream());
            Completion::Inspect(quote! {
                if let ::core::option::Option::Some(#value) = #call_site.inspect(#output).success() {
                    #completion.finish_reply(::core::option::Option::None, #text);
                }
            })
        }
    };
    Wrapper {
        before: TokenStream::new(),
        call: Some(TrackedCall {
            name: reply.clone(),
            value,
            body: CallBody::InScope,
        }),
        completion: with_result(cx, args, completion),
    }
}

/// Returns the wrapper for a function that returns the reply as a stream.
fn stream_wrapper(
    cx: &Context,
    args: &Args,
    evaluation: &mut ArgEvaluation,
    stream: &StreamType,
    reply: &Ident,
    type_span: Span,
    fallible: bool,
) -> Wrapper {
    let (call_site, output) = (&cx.call_site, output_ident());
    let conversation = evaluation.conversation(cx, args);
    let message = args
        .message
        .as_ref()
        .map(|text| evaluation.value(cx, &message::sent_event(cx, text)));
    let options = reply_options(cx, args);
    let options = match options {
        None => evaluation.bind(quote!(#call_site.reply_options())),
        Some(options) => evaluation.value(cx, &quote!(#call_site.reply_options() #options)),
    };
    let item_span = stream.item.as_deref().map_or(type_span, span_of);
    let chunk = chunk_closure(cx, args, item_span);
    let value = if stream.is_impl_trait {
        let (inner, wrapped) = (local("inner"), local("wrapped"));
        let item = stream
            .item
            .as_deref()
            .map(ErasedType)
            .map_or_else(|| quote!(_), ToTokens::into_token_stream);
        let wrap = |stream: &TokenStream| quote!(#reply.wrap(#call_site.stream_of::<#item, _>(#stream), #chunk));
        if fallible {
            let wrap = wrap(&inner.to_token_stream());
            quote!({
                let #wrapped = #output.map(|#inner| #wrap);
                #wrapped
            })
        } else {
            wrap(&output.to_token_stream())
        }
    } else {
        let span = Span::call_site().located_at(type_span);
        let (arg_traits, output) = (cx.arg_traits(span), relocate(quote!(#output), type_span));
        let rebox = quote_spanned!(span=> #arg_traits::BoxedReply::rebox);
        quote!(#rebox(#output, #reply, #chunk))
    };
    Wrapper {
        before: TokenStream::new(),
        call: Some(TrackedCall {
            name: reply.clone(),
            value: match message {
                None => quote!(#call_site.stream_reply(#conversation, #options)),
                Some(message) => quote!(#call_site.stream_turn(#conversation, #message, #options)),
            },
            body: CallBody::InScope,
        }),
        completion: Completion::Replace(value),
    }
}

/// Returns the method calls that set all options of the reply, or `None` if there are none.
fn reply_options(cx: &Context, args: &Args) -> Option<TokenStream> {
    let setters = event::setters(
        cx,
        args.role.as_ref(),
        args.message_id.as_ref(),
        &args.properties,
        &args.texts,
    );
    let record = args.record.as_ref().map(|record| {
        let duration = record.duration.then(|| quote!(.record_duration()));
        let first_chunk = record.first_chunk.then(|| quote!(.record_first_chunk()));
        quote!(#duration #first_chunk)
    });
    let media = args.media.as_ref().map(|media| {
        let event = media::nested_event(cx, media).into_tokens(cx);
        quote!(.media(#event))
    });
    let options = quote!(#setters #record #media);
    (!options.is_empty()).then_some(options)
}

/// Returns the closure that appends the text of one stream item to the reply.
fn chunk_closure(cx: &Context, args: &Args, item_span: Span) -> TokenStream {
    let (private, call_site) = (&cx.private, &cx.call_site);
    let (item, text) = (local("item"), local("text"));
    let push = match &args.body {
        None => {
            let arg_traits = cx.arg_traits(Span::call_site());
            relocate(
                quote!(#text.push(#arg_traits::MessageBody::message_body(#item));),
                item_span,
            )
        }
        Some(body) if takes_result(body) => {
            let body = text_expr(cx, body, &item.to_token_stream());
            quote!(#text.push(#body);)
        }
        Some(body) => {
            let value = local("value");
            let body = text_expr(cx, body, &value.to_token_stream());
            quote! {
                if let ::core::option::Option::Some(#value) = #call_site.inspect(#item).success() {
                    #text.push(#body);
                }
            }
        }
    };
    quote! {
        move |#item, #text: &mut #private::StreamedText| {
            #text.record_item(#call_site.inspect(#item).failure());
            #push
        }
    }
}

/// Returns an expression that selects the text of `value` with the `body` argument.
fn text_expr(cx: &Context, body: &Expr, value: &TokenStream) -> TokenStream {
    let span = span_of(body);
    let (arg_traits, applied) = (cx.arg_traits(span), apply_closure(body, value));
    quote_spanned!(span=> #arg_traits::MessageBody::message_body(&#applied))
}
