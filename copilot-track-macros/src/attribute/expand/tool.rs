//! `#[tracked_tool]`: Action Invoked, sent as the call begins; with `record(…)`, when it has ended
//! in whatever way.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::{Expr, ExprLit, Lit, LitStr};

use super::{
    closure::{apply, wants_whole},
    context::Context,
    event::{self, Draft},
    hoist::When,
    media,
    on_success::hold,
    shape::said,
    span::{at, local},
    wrap::{
        function::{start_only, unending, wrap},
        wrapper::{Around, Begin, Then, end, out},
    },
};
use crate::{
    attribute::parse::{args::Args, media::MediaArgs, record::Record},
    case::in_words,
    function::{shape::Shape, tracked_fn::Handler},
};

pub(crate) fn expand(cx: &Context, args: &Args, handler: &mut Handler) -> TokenStream {
    let draft = action(cx, args, handler);
    let shape = said(args, handler.shape());
    let never = matches!(shape, Shape::Never);
    let media = args.media.as_ref().filter(|_| !never);
    let record = args.record.as_ref();
    if record.is_none() && media.is_none() && !matches!(shape, Shape::Future { .. }) {
        let start = send(cx, args, &mut When::now(), draft);
        return start_only(cx, handler, &start);
    }
    let around = move |when: &mut When| {
        let Some(record) = record else {
            let before = send(cx, args, when, draft);
            return Around {
                before,
                call: media.map(|media| {
                    let held = media::nested(cx, media);
                    hold(cx, args.conversation.as_ref(), held, when)
                }),
                then: if media.is_some() {
                    Then::Ended
                } else {
                    Then::Nothing
                },
            };
        };
        Around {
            before: TokenStream::new(),
            call: Some(recording(cx, args, record, media, when, draft)),
            then: ended(cx, record),
        }
    };
    if never {
        return unending(cx, handler, &around(&mut When::now()));
    }
    wrap(cx, handler, &shape, |when, _| around(when))
}

/// Sends an event at the call.
fn send(cx: &Context, args: &Args, when: &mut When, draft: Draft) -> TokenStream {
    let site = &cx.site;
    if args.conversation.is_none() {
        if let Some(sent) = draft.at_once(cx, "send", &TokenStream::new()) {
            return quote!(#sent;);
        }
        let draft = when.value(draft.made(cx));
        return quote!(if #site.is_called() { #site.send(#draft); });
    }
    let call = local("call");
    let chosen = when.chosen(cx, args.conversation.as_ref());
    let draft = when.value(draft.made(cx));
    quote! {
        if let ::core::option::Option::Some(#call) = #site.call_in(#chosen) {
            #call.send(#draft);
        }
    }
}

fn action(cx: &Context, args: &Args, handler: &Handler) -> Draft {
    let words = args.action.is_none().then(|| {
        let words = LitStr::new(&in_words(&handler.sig.ident), Span::call_site());
        Expr::Lit(ExprLit {
            attrs: Vec::new(),
            lit: Lit::Str(words),
        })
    });
    let action = args.action.as_ref().or(words.as_ref());
    let settings = event::settings(
        cx,
        args.role.as_ref(),
        args.message_id.as_ref(),
        &args.properties,
    );
    Draft::of_texts(cx, "action", &[args.ty.as_ref(), action], &settings)
}

fn recording(
    cx: &Context,
    args: &Args,
    record: &Record,
    media: Option<&MediaArgs>,
    when: &mut When,
    draft: Draft,
) -> Begin {
    let site = &cx.site;
    let Record {
        duration,
        outcome,
        error_type,
        ..
    } = record;
    let record = quote!(#duration, #outcome, #error_type,);
    let at_once = match (media, &args.conversation) {
        (None, None) => draft.at_once(cx, "record", &record),
        _ => None,
    };
    let value = at_once.unwrap_or_else(|| {
        let chosen = when.chosen(cx, args.conversation.as_ref());
        let draft = when.closure(draft.made(cx));
        let facts = quote!(#site.facts(#record));
        if let Some(media) = media {
            let held = when.closure(media::nested(cx, media).made(cx));
            return quote!(#site.record_and_hold(#chosen, #facts, #draft, #held));
        }
        quote!(#site.record(#chosen, #facts, #draft))
    });
    Begin {
        name: local("recorder"),
        value,
        scoped: false,
    }
}

/// Tells the recorder how the function ended.
fn ended(cx: &Context, record: &Record) -> Then {
    let site = &cx.site;
    let Some(outcome) = &record.outcome_of else {
        return Then::Ended;
    };
    let (out, end) = (out(), end());
    let place = at(outcome);
    let traits = cx.traits(place);
    let to_text = |value: &TokenStream| {
        let applied = apply(outcome, value);
        quote_spanned!(place=> #traits::Outcome::outcome(&(#applied)))
    };
    if wants_whole(outcome) {
        let text = to_text(&out.to_token_stream());
        return Then::Look(quote!(#end.ended_as(#site.seen(#out).failure(), #text)));
    }
    let value = local("value");
    let text = to_text(&value.to_token_stream());
    Then::Look(quote! {
        match #site.seen(#out).success() {
            ::core::option::Option::Some(#value) => #end.ended_as(::core::option::Option::None, #text),
            ::core::option::Option::None => #end.ended(#site.seen(#out).failure()),
        }
    })
}
