//! The new function, by the kind of the old one.

use proc_macro2::{Delimiter, Group, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::Type;

use super::{
    body::{awaited, block, body_as_value, called},
    completion::finished,
    wrapper::{Around, Then, end, out},
};
use crate::{
    attribute::expand::{context::Context, hoist::When, span::local},
    function::{
        return_type::{Erased, Output},
        shape::{Boxed, Shape},
        tracked_fn::Handler,
    },
};

/// A function with a body of this shape.
pub(crate) fn wrap(
    cx: &Context,
    handler: &mut Handler,
    shape: &Shape,
    around: impl FnOnce(&mut When, &Shape) -> Around,
) -> TokenStream {
    let mut when = match shape {
        Shape::Future { .. } => When::later(),
        _ => When::now(),
    };
    if let Shape::Future { boxed, ty, output } = shape {
        let around = around(&mut when, output);
        return returned_future(cx, handler, &around, &when, *boxed, ty.as_deref());
    }
    let around = around(&mut when, shape);
    let valued = matches!(around.then, Then::Value(_));
    if handler.can_return_a_future() && !valued {
        return running(cx, handler, &around);
    }
    let in_place = match around.then {
        Then::Nothing => true,
        Then::Ended => handler.never_fails(),
        _ => false,
    };
    if in_place && !handler.is_async() {
        return until_return(cx, handler, &around);
    }
    let run = body_as_value(cx, handler, &around);
    let body = finished(cx, &around, &run);
    with_site(cx, handler, &body)
}

/// Only statements before the body: nothing is wrapped.
pub(crate) fn start_only(cx: &Context, handler: &Handler, start: &TokenStream) -> TokenStream {
    let site = cx.site_item(handler);
    let body = handler.body();
    handler.with_body(quote!({ #site #start } #body))
}

/// `-> !`: there is no value to wait for, but the call can still be cancelled, or panic.
pub(crate) fn unending(cx: &Context, handler: &mut Handler, around: &Around) -> TokenStream {
    if !handler.is_async() {
        return until_return(cx, handler, around);
    }
    let Some(call) = around.scope() else {
        let guard = around.guard(None);
        let body = handler.body();
        return with_site(cx, handler, &quote!(#guard #body));
    };
    let captured = handler.captured(&cx.site);
    let (never, out, body, start) = (local("never"), out(), handler.body(), around.start());
    let body = quote! {
        #start
        #[allow(unreachable_code, clippy::diverging_sub_expression)]
        let #out = #call.run(async move {
            #captured
            let #never: ::core::convert::Infallible = #body;
            #never
        }).await;
        match #out {}
    };
    with_site(cx, handler, &body)
}

/// An async function as one that returns a future: a single async block.
fn running(cx: &Context, handler: &mut Handler, around: &Around) -> TokenStream {
    let site = &cx.site;
    let Around { before, call, then } = around;
    let (before, begin) = (some(before), call.as_ref().map(|call| &call.value));
    let begin = begin.into_iter();
    let place = Span::call_site().located_at(handler.output_span());
    let here = cx.site_at(place);
    let ty = handler.sig.output.clone();
    let ty = Output(&ty);
    let taken = handler.return_a_future(site);
    let taken = some(&taken);
    let item = cx.site_item(handler);
    let body = handler.body();
    let pin = quote_spanned!(place=> return #here.pinned::<#ty>(););
    let pin = Group::new(Delimiter::Brace, pin);
    let block = quote!({ #taken #before #(#begin.begin();)* if false #pin #body });
    let run = match then {
        Then::Nothing | Then::Value(_) => quote!(#item #site.run_scoped(async move #block)),
        Then::Ended => {
            quote!(#item #site.run(async move #block, #site.ending::<#ty>().ended()))
        }
        Then::Said(place) => {
            let place = Span::mixed_site().located_at(*place);
            let mut here = site.clone();
            here.set_span(place);
            // All of it there: the compiler tells once of what is wrong at one place.
            let traits = cx.traits(place);
            let run = quote_spanned!(place=>
                #here.run(async move #block, #here.ending::<#ty>().said(#traits::MessageBody::message_body))
            );
            quote!(#item #run)
        }
        Then::Look(look) => {
            let (out, end) = (out(), end());
            quote!(#item #site.run_to(async move #block, move |#out, #end| { #look }))
        }
    };
    handler.with_body(run)
}

/// The body stays in its place, and the call ends when a guard is dropped.
fn until_return(cx: &Context, handler: &Handler, around: &Around) -> TokenStream {
    let guard = around.guard(Some(&quote!(.until_return())));
    let body = handler.body();
    with_site(cx, handler, &quote!(#guard #body))
}

/// The body is run for the future that it gives, and that is wrapped.
fn returned_future(
    cx: &Context,
    handler: &mut Handler,
    around: &Around,
    when: &When,
    boxed: Boxed,
    ty: Option<&Type>,
) -> TokenStream {
    let (future, kept) = (local("future"), when.statements());
    let awaited = awaited(around, &quote!(#future));
    let ty = ty.map(|ty| {
        let ty = Erased(ty);
        quote!(: #ty)
    });
    let made = if handler.is_async() {
        let future = block(cx, handler);
        quote!(#future.await)
    } else {
        let function = handler.tracks_caller().then(|| handler.restated());
        function.flatten().unwrap_or_else(|| called(cx, handler))
    };
    let out = out();
    let inner = finished(cx, around, &quote!(let #out #ty = #awaited;));
    let value = quote!(async move { #inner });
    let value = match boxed {
        Boxed::No => value,
        Boxed::Pin => quote!(::std::boxed::Box::pin(#value)),
        Boxed::Box => quote!(::std::boxed::Box::new(::std::boxed::Box::pin(#value))),
    };
    with_site(cx, handler, &quote!(#kept let #future = #made; #value))
}

fn with_site(cx: &Context, handler: &Handler, block: &TokenStream) -> TokenStream {
    let site = cx.site_item(handler);
    handler.with_body(quote!(#site #block))
}

/// Tokens, if there are any: to add none costs as much as to add some.
fn some(tokens: &TokenStream) -> Option<&TokenStream> {
    (!tokens.is_empty()).then_some(tokens)
}
