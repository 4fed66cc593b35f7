//! How the user's body is put into the new one.
//!
//! ```text
//! start only     { site; start; { body } }
//! async fn       fn … -> impl Future<Output = T> { site; site.run(async move { call.begin(); { body } }, end) }
//! plain fn       { site; let call = …; let out = call_once(move || -> T { body }); call.end(&out, end); out }
//! … that cannot  { site; let _call = call.until_return(); { body } }
//!   fail
//! … that needs   { site; let call = …; let out = { fn body(…) -> T { body } body(…) }; call.end(&out, end); out }
//!   a function
//! fn -> future   { site; kept; let future = call_once(move || -> T { body });
//!                  async move { let call = …; let out = future.await; call.end(&out, end); out } }
//! ```
//!
//! Where `async` has to stay, as [`Handler::can_return_a_future`] says, an async block inside the
//! function takes the place of the closure. A body that surely runs to its end needs neither:
//! `let out: T = { body };`.
//!
//! Where a scope has to be entered, it is by `call.enter()` or `call.run(future).await`. The user's
//! block is always a block of its own, the return type is fixed before it, and parameters are
//! dropped as they were.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};

use super::{Context, local, spans::located, when::When};
use crate::handler::{
    Handler,
    leaves::may_leave,
    output::{Boxed, Erased, Output, Shape},
};

/// What an expansion puts around the body.
pub(super) struct Around {
    /// Statements at the beginning of the call.
    pub(super) before: TokenStream,
    /// What the call begins, if it has an end.
    pub(super) call: Option<Begin>,
    pub(super) then: Then,
}

/// What a call begins.
pub(super) struct Begin {
    /// The local that holds it.
    pub(super) name: Ident,
    /// The expression that begins it.
    pub(super) value: TokenStream,
    /// Whether the body runs in a scope of the call's.
    pub(super) scoped: bool,
}

impl Around {
    /// The statements at the beginning of the call.
    fn start(&self) -> TokenStream {
        let before = &self.before;
        let begin = self
            .call
            .as_ref()
            .map(|Begin { name, value, .. }| quote!(let #name = #value;));
        quote!(#before #begin)
    }

    /// What has the scope that the body runs in.
    fn scope(&self) -> Option<&Ident> {
        let call = self.call.as_ref().filter(|call| call.scoped)?;
        Some(&call.name)
    }

    /// The call as a guard for a body that stays in its place.
    fn guard(&self, how: Option<&TokenStream>) -> TokenStream {
        let before = &self.before;
        let guard = self.call.as_ref().map(|Begin { name, value, .. }| {
            let name = Ident::new(&format!("_{name}"), name.span());
            quote!(let #name = #value #how;)
        });
        quote!(#before #guard)
    }
}

/// What happens when the body has given its value.
pub(super) enum Then {
    /// Nothing: the body only runs in a scope.
    Nothing,
    /// The call ends, with or without an error.
    Ended,
    /// The value is the text of a reply; if it is none, this is where to say so.
    Said(Span),
    /// The call ends as this expression says, which sees the value as a reference [`out`], and
    /// [`end`].
    Look(TokenStream),
    /// This is the value instead of [`out`].
    Value(TokenStream),
}

/// The local that holds what the body gave.
pub(super) fn out() -> Ident {
    local("out")
}

/// How the call ends, in [`Then::Look`].
pub(super) fn end() -> Ident {
    local("end")
}

/// A function with a body of this shape.
pub(super) fn wrap(
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
pub(super) fn start_only(cx: &Context, handler: &Handler, start: &TokenStream) -> TokenStream {
    let site = cx.site_item(handler);
    let body = handler.body();
    handler.with_body(quote!({ #site #start } #body))
}

/// `-> !`: there is no value to wait for, but the call can still be cancelled, or panic.
pub(super) fn unending(cx: &Context, handler: &mut Handler, around: &Around) -> TokenStream {
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
            let (out, end) = (self::out(), end());
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
    ty: Option<&syn::Type>,
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

/// The call from its beginning to its end; `run` is the statement that makes [`out`].
fn finished(cx: &Context, around: &Around, run: &TokenStream) -> TokenStream {
    let (start, out) = (around.start(), out());
    let end = around.call.as_ref().and_then(|call| {
        let how = how(cx, &around.then, &call.name)?;
        Some(quote!(#[allow(unreachable_code)] #how;))
    });
    let value = match &around.then {
        Then::Value(value) => value.clone(),
        _ => out.to_token_stream(),
    };
    quote!(#start #run #end #value)
}

/// The end of a call whose value is there.
fn how(cx: &Context, then: &Then, call: &Ident) -> Option<TokenStream> {
    let site = &cx.site;
    let (out, end) = (out(), end());
    match then {
        Then::Nothing | Then::Value(_) => None,
        Then::Ended => Some(quote!(#call.ended(#site.seen(&#out).failure()))),
        Then::Said(place) => {
            let traits = cx.traits(Span::call_site());
            let text = quote!(#traits::MessageBody::message_body);
            let said = quote!(#call.said(#site.seen(&#out).failure(), &#out, #text));
            Some(located(said, *place))
        }
        Then::Look(look) => Some(quote!(#call.end(&#out, |#out, #end| { #look }))),
    }
}

/// The statement that makes [`out`] of the body.
fn body_as_value(cx: &Context, handler: &mut Handler, around: &Around) -> TokenStream {
    let out = out();
    let leaves = may_leave(handler.body().stream());
    if handler.is_async() && (leaves || around.scope().is_some()) {
        let future = block(cx, handler);
        let awaited = awaited(around, &future);
        return quote!(let #out = #awaited;);
    }
    let function = if (leaves && handler.tracks_caller()) || handler.lends() {
        handler.restated()
    } else {
        None
    };
    let (ty, value) = if let Some(function) = function {
        (None, function)
    } else if leaves {
        (None, called(cx, handler))
    } else {
        let output = handler.output();
        (Some(quote!(: #output)), handler.body().to_token_stream())
    };
    let value = around.scope().map_or(value.clone(), |call| {
        let entered = local("_entered");
        quote!({ let #entered = #call.enter(); #value })
    });
    quote!(let #out #ty = #value;)
}

/// What a future gives, in the call's scope if it has one.
fn awaited(around: &Around, future: &TokenStream) -> TokenStream {
    around.scope().map_or_else(
        || quote!(#future.await),
        |call| quote!(#call.run(#future).await),
    )
}

/// The body as an async block inside an async function.
fn block(cx: &Context, handler: &mut Handler) -> TokenStream {
    let pin = pin(cx, &handler.output(), handler.output_span());
    let captured = handler.captured(&cx.site);
    let body = handler.body();
    quote!(async move { #captured #pin #body })
}

/// The body as a closure that is called.
fn called(cx: &Context, handler: &mut Handler) -> TokenStream {
    let site = &cx.site;
    let captured = handler.captured(site);
    let (output, body) = (handler.output(), handler.body());
    quote!(#site.call_once(move || -> #output { #captured #body }))
}

/// Fixes the type of an async block, so that coercions and errors are those of the function.
fn pin(cx: &Context, output: &TokenStream, place: Span) -> TokenStream {
    let place = Span::call_site().located_at(place);
    let site = cx.site_at(place);
    quote_spanned!(place=> if false { return #site.pinned::<#output>(); })
}

/// Tokens, if there are any: to add none costs as much as to add some.
fn some(tokens: &TokenStream) -> Option<&TokenStream> {
    (!tokens.is_empty()).then_some(tokens)
}
