//! `#[tracked_tool]`: Action Invoked, sent as the call begins; with `record(…)`, when it has ended in whatever way.

use proc_macro2::TokenStream;
use quote::quote;

use super::{
    Context,
    apply::{apply, wants_whole},
    block::{self, Around, out},
    draft, local, media,
    spans::at,
    when::When,
};
use crate::{
    args::{Args, Record},
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
    if never {
        return unending(cx, args, handler, &draft);
    }
    block::wrap(cx, handler, &shape, |when, _| {
        let (mut start, mut end) = match record {
            None => (send(cx, args, when, &draft), TokenStream::new()),
            Some(record) => {
                let recorder = local("recorder");
                let make = recording(cx, args, record, when, &draft);
                (quote!(let #recorder = #make;), finish(cx, record))
            }
        };
        if let Some(media) = media {
            let held = media::held(cx, args.conversation.as_ref(), media, when);
            start.extend(held.start);
            end.extend(held.end);
        }
        Around {
            start,
            scope: None,
            end,
            value: None,
        }
    })
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
    when: &mut When,
    draft: &TokenStream,
) -> TokenStream {
    let (private, site) = (&cx.private, &cx.site);
    let chosen = when.chosen(cx, args.conversation.as_ref());
    let draft = when.closure(draft.clone());
    let Record {
        duration,
        outcome,
        error_type,
        ..
    } = record;
    quote! {
        #site.record(
            #chosen,
            #private::Record { duration: #duration, outcome: #outcome, error_type: #error_type },
            #draft,
        )
    }
}

/// Tells the recorder how the function ended.
fn finish(cx: &Context, record: &Record) -> TokenStream {
    let private = &cx.private;
    let (out, recorder) = (out(), local("recorder"));
    let Some(outcome) = &record.outcome_of else {
        return quote!(#[allow(unreachable_code)] {
            #[allow(unused_imports)]
            use #private::{Fallible as _, Infallible as _};
            #recorder.finish((&&#private::Probe(&#out)).failure());
        });
    };
    let place = at(outcome);
    let private_here = cx.private_at(place);
    let to_text = |value: &TokenStream| {
        let applied = apply(outcome, value);
        quote::quote_spanned!(place=> #private_here::Outcome::outcome(&(#applied)))
    };
    let finish = if wants_whole(outcome) {
        let text = to_text(&quote!(&#out));
        quote!(#recorder.finish_as((&&#private::Probe(&#out)).failure(), #text);)
    } else {
        let value = local("value");
        let text = to_text(&quote!(#value));
        quote! {
            match (&&#private::Probe(&#out)).success() {
                ::core::option::Option::Some(#value) => #recorder.finish_as(::core::option::Option::None, #text),
                ::core::option::Option::None => #recorder.finish((&&#private::Probe(&#out)).failure()),
            }
        }
    };
    quote!(#[allow(unreachable_code)] {
        #[allow(unused_imports)]
        use #private::{Fallible as _, Infallible as _};
        #finish
    })
}

/// `-> !`: there is no value to wait for, but the call can still be cancelled, or panic.
fn unending(cx: &Context, args: &Args, handler: &Handler, draft: &TokenStream) -> TokenStream {
    let mut when = When::now();
    let recorder = local("recorder");
    let Some(record) = &args.record else {
        let start = send(cx, args, &mut when, draft);
        return block::start_only(cx, handler, &start);
    };
    let make = recording(cx, args, record, &mut when, draft);
    let site = cx.site_item(handler);
    let body = handler.body();
    let recorder = proc_macro2::Ident::new(&format!("_{recorder}"), recorder.span());
    handler.with_body(&quote!(#site let #recorder = #make; #body))
}
