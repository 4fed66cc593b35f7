//! `#[tracked_reply]`: Message Received, with what the function gives or streams as its text.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::Expr;

use super::{
    closure::{apply, wants_whole},
    context::Context,
    event,
    hoist::When,
    media,
    shape::{said, streamed},
    span::{at, local, located},
    wrap::{
        function::{unending, wrap},
        wrapper::{Around, Begin, Then, end, out},
    },
};
use crate::{
    attribute::parse::args::Args,
    function::{
        return_type::Erased,
        shape::{Shape, Stream},
        tracked_fn::Handler,
    },
};

pub(crate) fn expand(cx: &Context, args: &Args, handler: &mut Handler) -> TokenStream {
    let reply = local("reply");
    let shape = streamed(args, said(args, handler.shape()));
    let at_type = handler.output_span();
    if matches!(shape, Shape::Never) {
        let around = a_value(cx, args, &mut When::now(), &reply, at_type);
        return unending(cx, handler, &around);
    }
    wrap(cx, handler, &shape, |when, shape| match shape {
        Shape::Stream(stream) => a_stream(cx, args, when, stream, &reply, at_type, false),
        Shape::Fallible(stream) => a_stream(cx, args, when, stream, &reply, at_type, true),
        _ => a_value(cx, args, when, &reply, at_type),
    })
}

fn a_value(cx: &Context, args: &Args, when: &mut When, reply: &Ident, at_type: Span) -> Around {
    let site = &cx.site;
    let (out, end) = (out(), end());
    let value = match (answer(cx, args), &args.conversation) {
        (None, None) => quote!(#site.plain_reply()),
        (answer, conversation) => {
            let chosen = when.chosen(cx, conversation.as_ref());
            let answer = when.closure(quote!(#site.answer() #answer));
            quote!(#site.reply(#chosen, #answer))
        }
    };
    let then = match &args.body {
        None => Then::Said(at_type),
        Some(body) if wants_whole(body) => {
            let text = text_of(cx, body, &out.to_token_stream());
            Then::Look(quote!(#end.said(#site.seen(#out).failure(), #text)))
        }
        Some(body) => {
            let value = local("value");
            let text = text_of(cx, body, &value.to_token_stream());
            Then::Look(quote! {
                if let ::core::option::Option::Some(#value) = #site.seen(#out).success() {
                    #end.said(::core::option::Option::None, #text);
                }
            })
        }
    };
    Around {
        before: TokenStream::new(),
        call: Some(Begin {
            name: reply.clone(),
            value,
            scoped: true,
        }),
        then,
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
    let (site, out) = (&cx.site, out());
    let chosen = when.chosen(cx, args.conversation.as_ref());
    let answer = answer(cx, args);
    let answer = when.value(quote!(#site.answer() #answer));
    let at_item = stream.item.as_deref().map_or(at_type, at);
    let chunk = chunk(cx, args, at_item);
    let value = if stream.opaque {
        let (inner, wrapped) = (local("inner"), local("wrapped"));
        let item = stream
            .item
            .as_deref()
            .map(Erased)
            .map_or_else(|| quote!(_), ToTokens::into_token_stream);
        let wrap = |stream: &TokenStream| quote!(#reply.stream(#site.stream_of::<#item, _>(#stream), #chunk));
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
        let place = Span::call_site().located_at(at_type);
        let (traits, out) = (cx.traits(place), located(quote!(#out), at_type));
        let rebox = quote_spanned!(place=> #traits::BoxedReply::rebox);
        quote!(#rebox(#out, #reply, #chunk))
    };
    Around {
        before: TokenStream::new(),
        call: Some(Begin {
            name: reply.clone(),
            value: quote!(#site.streamed(#chosen, #answer)),
            scoped: true,
        }),
        then: Then::Value(value),
    }
}

/// What is said of the reply beside its text, if anything is.
fn answer(cx: &Context, args: &Args) -> Option<TokenStream> {
    let settings = event::settings(
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
        let draft = media::nested(cx, media).made(cx);
        quote!(.media(#draft))
    });
    let answer = quote!(#settings #record #media);
    (!answer.is_empty()).then_some(answer)
}

/// The closure that takes the text from one item of a stream.
fn chunk(cx: &Context, args: &Args, at_item: Span) -> TokenStream {
    let (private, site) = (&cx.private, &cx.site);
    let (item, text) = (local("item"), local("text"));
    let gather = match &args.body {
        None => {
            let traits = cx.traits(Span::call_site());
            located(
                quote!(#text.push(#traits::MessageBody::message_body(#item));),
                at_item,
            )
        }
        Some(body) if wants_whole(body) => {
            let body = text_of(cx, body, &item.to_token_stream());
            quote!(#text.push(#body);)
        }
        Some(body) => {
            let value = local("value");
            let body = text_of(cx, body, &value.to_token_stream());
            quote! {
                if let ::core::option::Option::Some(#value) = #site.seen(#item).success() {
                    #text.push(#body);
                }
            }
        }
    };
    quote! {
        move |#item, #text: &mut #private::Gathered| {
            #text.item(#site.seen(#item).failure());
            #gather
        }
    }
}

fn text_of(cx: &Context, body: &Expr, value: &TokenStream) -> TokenStream {
    let place = at(body);
    let (traits, applied) = (cx.traits(place), apply(body, value));
    quote_spanned!(place=> #traits::MessageBody::message_body(&#applied))
}
