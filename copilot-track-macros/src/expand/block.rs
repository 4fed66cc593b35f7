//! How the user's body is put into the new one.
//!
//! ```text
//! start only     { site; start; { body } }
//! plain fn       { site; start; let out = call_once(move || -> T { body }); end; out }
//! async fn       { site; start; let out = async move { body }.await; end; out }
//! fn -> future   { site; kept; let future = call_once(move || -> T { body });
//!                  async move { start; let out = future.await; end; out } }
//! ```
//!
//! A body that surely runs to its end needs neither closure nor async block: `let out: T = { body };`.
//!
//! Where a scope has to be entered, `call_once` and the future go through its guard: `reply.call(…)`,
//! `reply.run(…).await`. The user's block is always a block of its own, the return type is fixed before it, and
//! parameters are dropped as they were.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote};

use super::{Context, local, spans::located, when::When};
use crate::handler::{
    Handler,
    leaves::may_leave,
    output::{Boxed, Erased, Shape},
};

/// What an expansion puts around the body.
pub(super) struct Around {
    /// Before the body (or at the first poll).
    pub(super) start: TokenStream,
    /// The guard whose scope the body runs in.
    pub(super) scope: Option<Ident>,
    /// After the body, with the value in [`out`].
    pub(super) end: TokenStream,
    /// What is returned; [`out`] itself, if nothing is said.
    pub(super) value: Option<TokenStream>,
}

/// The local that holds what the body gave.
pub(super) fn out() -> Ident {
    local("out")
}

/// The shape of the function's value, with what the user says in place of what is read from the type.
pub(super) fn wrap(
    cx: &Context,
    handler: &mut Handler,
    shape: &Shape,
    around: impl FnOnce(&mut When, &Shape) -> Around,
) -> TokenStream {
    match shape {
        Shape::Future { boxed, ty, output } => {
            let mut when = When::later();
            let around = around(&mut when, output);
            let future = local("future");
            let awaited = awaited(around.scope.as_ref(), &quote!(#future));
            let ty = ty.as_deref().map(|ty| {
                let ty = Erased(ty);
                quote!(: #ty)
            });
            let run = body_as_value(cx, handler, None);
            let kept = when.statements();
            let inner = finished(&around, &awaited, ty.as_ref());
            let value = quote!(async move { #inner });
            let value = match boxed {
                Boxed::No => value,
                Boxed::Pin => quote!(::std::boxed::Box::pin(#value)),
                Boxed::Box => quote!(::std::boxed::Box::new(::std::boxed::Box::pin(#value))),
            };
            with_site(cx, handler, &quote!(#kept let #future = #run; #value))
        }
        shape => {
            let mut when = When::now();
            let around = around(&mut when, shape);
            let kept = when.statements();
            let inner = match &around.scope {
                None if !may_leave(handler.body().stream()) => {
                    let output = handler.output();
                    let body = handler.body().to_token_stream();
                    finished(&around, &body, Some(&quote!(: #output)))
                }
                scope => finished(&around, &body_as_value(cx, handler, scope.as_ref()), None),
            };
            with_site(cx, handler, &quote!(#kept #inner))
        }
    }
}

/// Only statements before the body: nothing is wrapped.
pub(super) fn start_only(cx: &Context, handler: &Handler, start: &TokenStream) -> TokenStream {
    let site = cx.site_item(handler);
    let body = handler.body();
    handler.with_body(&quote!({ #site #start } #body))
}

fn with_site(cx: &Context, handler: &Handler, block: &TokenStream) -> TokenStream {
    let site = cx.site_item(handler);
    handler.with_body(&quote!(#site #block))
}

fn finished(around: &Around, run: &TokenStream, ty: Option<&TokenStream>) -> TokenStream {
    let Around {
        start, end, value, ..
    } = around;
    let out = out();
    let value = value.clone().unwrap_or_else(|| out.to_token_stream());
    quote!(#start let #out #ty = #run; #end #value)
}

/// The body as an expression that gives its value.
fn body_as_value(cx: &Context, handler: &mut Handler, scope: Option<&Ident>) -> TokenStream {
    let private = &cx.private;
    let captures = handler.captures().statements(private);
    let output = handler.output();
    let body = handler.body();
    if handler.is_async() {
        let pin = pin(&output, handler.output_span());
        let future = quote!(async move { #captures #pin #body });
        return awaited(scope, &future);
    }
    let closure = quote!(move || -> #output { #captures #body });
    scope.map_or_else(
        || quote!(#private::call_once(#closure)),
        |scope| quote!(#scope.call(#closure)),
    )
}

fn awaited(scope: Option<&Ident>, future: &TokenStream) -> TokenStream {
    scope.map_or_else(
        || quote!(#future.await),
        |scope| quote!(#scope.run(#future).await),
    )
}

/// Fixes the type of an async block, so that coercions and errors are those of the function.
fn pin(output: &TokenStream, place: Span) -> TokenStream {
    let never = local("never");
    let back = located(quote!(return #never;), place);
    quote! {
        #[allow(
            unknown_lints, unreachable_code, clippy::diverging_sub_expression, clippy::empty_loop,
            clippy::let_unit_value, clippy::let_with_type_underscore, clippy::needless_return, clippy::unused_unit
        )]
        if false {
            let #never: #output = loop {};
            #back
        }
    }
}
