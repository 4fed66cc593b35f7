//! `#[tracked_tool]`: Action Invoked, sent as the call begins; with `record(…)`, when it has ended in whatever way.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};

use super::{
    Context,
    apply::{apply, wants_whole},
    block::{self, Around, Begin, Then, end, out},
    draft, local, media,
    spans::at,
    when::When,
};
use crate::{
    args::{Args, MediaArgs, Record},
    handler::{
        Handler,
        output::{Boxed, Shape},
    },
    names,
};

pub(super) fn expand(cx: &Context, args: &Args, handler: &mut Handler) -> TokenStream {
    let draft = action(cx, args, handler);
    let shape = said(args, handler.shape());
    let never = matches!(shape, Shape::Never);
    let media = args.media.as_ref().filter(|_| !never);
    let record = args.record.as_ref();
    if record.is_none() && media.is_none() && !matches!(shape, Shape::Future { .. }) {
        let start = send(cx, args, &mut When::now(), &draft);
        return block::start_only(cx, handler, &start);
    }
    let around = |when: &mut When| {
        let Some(record) = record else {
            let before = send(cx, args, when, &draft);
            return Around {
                before,
                call: media.map(|media| {
                    let held = media::nested(cx, media);
                    media::hold(cx, args.conversation.as_ref(), &held, when)
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
            call: Some(recording(cx, args, record, media, when, &draft)),
            then: ended(cx, record),
        }
    };
    if never {
        return block::unending(cx, handler, &around(&mut When::now()));
    }
    block::wrap(cx, handler, &shape, |when, _| around(when))
}

/// With the `future` flag, an alias counts as the boxed future that it is.
pub(super) fn said(args: &Args, shape: Shape) -> Shape {
    match shape {
        Shape::Future { boxed, ty, output } if args.future.is_some() => Shape::Future {
            boxed: match boxed {
                Boxed::No => Boxed::Pin,
                boxed => boxed,
            },
            ty,
            output,
        },
        _ if args.future.is_some() => Shape::Future {
            boxed: Boxed::Pin,
            ty: None,
            output: Box::new(Shape::Value),
        },
        shape => shape,
    }
}

/// Sends an event at the call.
pub(super) fn send(cx: &Context, args: &Args, when: &mut When, draft: &TokenStream) -> TokenStream {
    let site = &cx.site;
    let call = local("call");
    let calling = if args.conversation.is_some() {
        let chosen = when.chosen(cx, args.conversation.as_ref());
        quote!(#site.call_in(#chosen))
    } else {
        quote!(#site.call())
    };
    let draft = when.value(draft.clone());
    quote! {
        if let ::core::option::Option::Some(#call) = #calling {
            #call.send(#draft);
        }
    }
}

fn action(cx: &Context, args: &Args, handler: &Handler) -> TokenStream {
    let private = &cx.private;
    let ty = draft::text(cx, args.ty.as_ref());
    let action = if args.action.is_some() {
        draft::text(cx, args.action.as_ref())
    } else {
        let words = names::in_words(&handler.sig.ident);
        quote!(#private::literal(#words))
    };
    let settings = draft::settings(
        cx,
        args.role.as_ref(),
        args.message_id.as_ref(),
        &args.properties,
    );
    quote!(#private::action(#ty, #action) #settings)
}

fn recording(
    cx: &Context,
    args: &Args,
    record: &Record,
    media: Option<&MediaArgs>,
    when: &mut When,
    draft: &TokenStream,
) -> Begin {
    let (private, site) = (&cx.private, &cx.site);
    let chosen = when.chosen(cx, args.conversation.as_ref());
    let draft = when.closure(draft.clone());
    let Record {
        duration,
        outcome,
        error_type,
        ..
    } = record;
    let record = quote!(#private::Record::new(#duration, #outcome, #error_type));
    let value = if let Some(media) = media {
        let held = when.closure(media::nested(cx, media));
        quote!(#site.record_and_hold(#chosen, #record, #draft, #held))
    } else {
        quote!(#site.record(#chosen, #record, #draft))
    };
    Begin {
        name: local("recorder"),
        value,
        scoped: false,
    }
}

/// Tells the recorder how the function ended.
fn ended(cx: &Context, record: &Record) -> Then {
    let private = &cx.private;
    let Some(outcome) = &record.outcome_of else {
        return Then::Ended;
    };
    let (out, end) = (out(), end());
    let place = at(outcome);
    let private_here = cx.private_at(place);
    let to_text = |value: &TokenStream| {
        let applied = apply(outcome, value);
        quote::quote_spanned!(place=> #private_here::Outcome::outcome(&(#applied)))
    };
    if wants_whole(outcome) {
        let text = to_text(&out.to_token_stream());
        return Then::Look(quote!(#end.ended_as(#private::seen(#out).failure(), #text)));
    }
    let value = local("value");
    let text = to_text(&value.to_token_stream());
    Then::Look(quote! {
        match #private::seen(#out).success() {
            ::core::option::Option::Some(#value) => #end.ended_as(::core::option::Option::None, #text),
            ::core::option::Option::None => #end.ended(#private::seen(#out).failure()),
        }
    })
}
