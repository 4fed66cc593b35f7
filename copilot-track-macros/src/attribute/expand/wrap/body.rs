//! The body as a value.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};

use super::wrapper::{Around, out};
use crate::{
    attribute::expand::{context::Context, span::local},
    function::{control_flow::may_leave, tracked_fn::Handler},
};

/// The statement that makes [`out`] of the body.
pub(crate) fn body_as_value(cx: &Context, handler: &mut Handler, around: &Around) -> TokenStream {
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
pub(crate) fn awaited(around: &Around, future: &TokenStream) -> TokenStream {
    around.scope().map_or_else(
        || quote!(#future.await),
        |call| quote!(#call.run(#future).await),
    )
}

/// The body as an async block inside an async function.
pub(crate) fn block(cx: &Context, handler: &mut Handler) -> TokenStream {
    let pin = pin(cx, &handler.output(), handler.output_span());
    let captured = handler.captured(&cx.site);
    let body = handler.body();
    quote!(async move { #captured #pin #body })
}

/// The body as a closure that is called.
pub(crate) fn called(cx: &Context, handler: &mut Handler) -> TokenStream {
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
