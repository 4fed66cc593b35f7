//! `#[tracked_reply]`: Message Received, with what the function gives or streams as its text.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::Expr;

use super::{
    Context,
    apply::{apply, wants_whole},
    block::{self, Around, out},
    draft, local, media,
    spans::{at, located},
    tool::said,
    when::When,
};
use crate::{
    args::Args,
    handler::{
        Handler,
        output::{Erased, Shape, Stream},
    },
};

pub(super) fn expand(cx: &Context, args: &Args, handler: &mut Handler) -> TokenStream {
    let reply = local("reply");
    let shape = streamed(args, said(args, handler.shape()));
    if matches!(shape, Shape::Never) {
        let (site, answer) = (&cx.site, answer(cx, args));
        let mut when = When::now();
        let chosen = when.chosen(cx, args.conversation.as_ref());
        let start = quote!(let #reply = #site.reply(#chosen, || #answer););
        return never_scope(cx, handler, &start, &reply);
    }
    let at_type = handler.output_span();
    block::wrap(cx, handler, &shape, |when, shape| match shape {
        Shape::Stream(stream) => a_stream(cx, args, when, stream, &reply, at_type, false),
        Shape::Fallible(stream) => a_stream(cx, args, when, stream, &reply, at_type, true),
        _ => a_value(cx, args, when, &reply, at_type),
    })
}

/// With the `stream` flag, an alias counts as the stream that it is.
fn streamed(args: &Args, shape: Shape) -> Shape {
    if args.stream.is_none() {
        return shape;
    }
    match shape {
        Shape::Future { boxed, ty, output } => Shape::Future {
            boxed,
            ty,
            output: Box::new(streamed(args, *output)),
        },
        Shape::Value => Shape::Stream(Stream::NAMED),
        shape => shape,
    }
}

fn a_value(cx: &Context, args: &Args, when: &mut When, reply: &Ident, at_type: Span) -> Around {
    let (private, site, out) = (&cx.private, &cx.site, out());
    let chosen = when.chosen(cx, args.conversation.as_ref());
    let answer = when.closure(answer(cx, args));
    let failure = quote!((&&#private::Probe(&#out)).failure());
    let end = match &args.body {
        None => {
            let text = located(quote!(#private::MessageBody::message_body(&#out)), at_type);
            quote!(#reply.finish(#failure, #text);)
        }
        Some(body) if wants_whole(body) => {
            let text = text_of(cx, body, &quote!(&#out));
            quote!(#reply.finish(#failure, #text);)
        }
        Some(body) => {
            let value = local("value");
            let text = text_of(cx, body, &quote!(#value));
            quote! {
                if let ::core::option::Option::Some(#value) = (&&#private::Probe(&#out)).success() {
                    #reply.finish(::core::option::Option::None, #text);
                }
            }
        }
    };
    Around {
        start: quote!(let #reply = #site.reply(#chosen, #answer);),
        scope: Some(reply.clone()),
        end: quote! {
            if #reply.is_live() {
                #[allow(unused_imports)]
                use #private::{Fallible as _, Infallible as _};
                #end
            }
        },
        value: None,
    }
}

fn a_stream(
    cx: &Context,
    args: &Args,
    when: &mut When,
    stream: &Stream,
    reply: &Ident,
    at_type: Span,
    fallible: bool,
) -> Around {
    let (private, site, out) = (&cx.private, &cx.site, out());
    let chosen = when.chosen(cx, args.conversation.as_ref());
    let answer = when.value(answer(cx, args));
    let at_item = stream.item.as_deref().map_or(at_type, at);
    let chunk = chunk(cx, args, at_item);
    let value = if stream.opaque {
        let (inner, wrapped) = (local("inner"), local("wrapped"));
        let item = stream
            .item
            .as_deref()
            .map(Erased)
            .map_or_else(|| quote!(_), ToTokens::into_token_stream);
        let wrap = |stream: &TokenStream| quote!(#reply.stream(#private::stream_of::<#item, _>(#stream), #chunk));
        if fallible {
            let wrap = wrap(&inner.to_token_stream());
            quote!({
                let #wrapped = #out.map(|#inner| #wrap);
                #wrapped
            })
        } else {
            wrap(&out.to_token_stream())
        }
    } else {
        let boxed = located(quote!(#reply.boxed), at_type);
        quote!(#boxed(#out, #chunk))
    };
    Around {
        start: quote!(let #reply = #site.streamed(#chosen, #answer);),
        scope: Some(reply.clone()),
        end: TokenStream::new(),
        value: Some(value),
    }
}

/// What is said of the reply beside its text.
fn answer(cx: &Context, args: &Args) -> TokenStream {
    let private = &cx.private;
    let settings = draft::settings(
        cx,
        args.role.as_ref(),
        args.message_id.as_ref(),
        &args.properties,
    );
    let record = args.record.as_ref().map(|record| {
        let duration = record.duration.then(|| quote!(.record_duration()));
        let first_chunk = record.first_chunk.then(|| quote!(.record_first_chunk()));
        quote!(#duration #first_chunk)
    });
    let media = args.media.as_ref().map(|media| {
        let draft = media::nested(cx, media);
        quote!(.media(#draft))
    });
    quote!(#private::Answer::new() #settings #record #media)
}

/// The closure that takes the text from one item of a stream.
fn chunk(cx: &Context, args: &Args, at_item: Span) -> TokenStream {
    let private = &cx.private;
    let (item, text) = (local("item"), local("text"));
    let gather = match &args.body {
        None => located(
            quote!(#text.push(#private::MessageBody::message_body(#item));),
            at_item,
        ),
        Some(body) if wants_whole(body) => {
            let body = text_of(cx, body, &item.to_token_stream());
            quote!(#text.push(#body);)
        }
        Some(body) => {
            let value = local("value");
            let body = text_of(cx, body, &value.to_token_stream());
            quote! {
                if let ::core::option::Option::Some(#value) = (&&#private::Probe(#item)).success() {
                    #text.push(#body);
                }
            }
        }
    };
    quote! {
        move |#item, #text: &mut #private::Gathered| {
            #[allow(unused_imports)]
            use #private::{Fallible as _, Infallible as _};
            #text.item((&&#private::Probe(#item)).failure());
            #gather
        }
    }
}

fn text_of(cx: &Context, body: &Expr, value: &TokenStream) -> TokenStream {
    let place = at(body);
    let private = cx.private_at(place);
    let applied = apply(body, value);
    quote_spanned!(place=> #private::MessageBody::message_body(&#applied))
}

/// What a function gives that only runs in a scope.
pub(super) fn whole() -> TokenStream {
    out().to_token_stream()
}

/// `-> !`: the body runs in the scope, and there is no end to wait for.
pub(super) fn never_scope(
    cx: &Context,
    handler: &mut Handler,
    start: &TokenStream,
    scope: &Ident,
) -> TokenStream {
    let site = cx.site_item(handler);
    let captures = handler.captures().statements(&cx.private);
    let (body, out) = (handler.body(), out());
    if !handler.is_async() {
        return handler
            .with_body(&quote!(#site #start #scope.call(move || -> ! { #captures #body })));
    }
    let never = local("never");
    handler.with_body(&quote! {
        #site
        #start
        #[allow(unreachable_code, clippy::diverging_sub_expression)]
        let #out = #scope.run(async move {
            #captures
            let #never: ::core::convert::Infallible = #body;
            #never
        }).await;
        match #out {}
    })
}
