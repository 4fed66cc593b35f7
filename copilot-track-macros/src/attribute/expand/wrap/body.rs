//! Evaluates the body and binds its value.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned as _;

use super::wrapper::{Wrapper, output_ident};
use crate::{
    attribute::expand::{context::Context, span::local},
    function::{control_flow::may_exit_early, params::ClosureParams, tracked_fn::TrackedFn},
};

/// Returns the statement that evaluates the body and binds [`output_ident`].
pub(crate) fn bind_output(
    cx: &Context,
    function: &mut TrackedFn,
    wrapper: &Wrapper,
) -> TokenStream {
    let output = output_ident();
    let exits_early = may_exit_early(function.body().stream());
    let is_observed = wrapper.scope().or(wrapper.observer()).is_some();
    if function.may_suspend() && (exits_early || is_observed) {
        let future = async_block(cx, function, &wrapper.start());
        return bind_awaited(wrapper, &future, None);
    }
    let closure_body = function.body_as_closure();
    let needs_signature = function.is_track_caller() || function.returns_higher_ranked_closure();
    let inner_fn = if (exits_early && needs_signature)
        || (function.returns_closure() && closure_body.is_none())
    {
        function.make_inner_fn(&wrapper.start())
    } else {
        None
    };
    let in_place = if !exits_early {
        Some(closure_body.unwrap_or_else(|| function.body().to_token_stream()))
    } else if function.is_track_caller() {
        function.labeled_body()
    } else {
        None
    };
    let (ty, value) = match (inner_fn, in_place) {
        (Some(inner_fn), _) => (None, inner_fn),
        (None, Some(body)) => {
            let output = function.erased_return_type();
            (Some(quote!(: #output)), body)
        }
        (None, None) => (None, moved_body(cx, function, &wrapper.start())),
    };
    let value = wrapper.scope().map_or(value.clone(), |call| {
        let entered = local("_entered");
        quote!({ let #entered = #call.enter(); #value })
    });
    quote!(let #output #ty = #value;)
}

/// Returns an expression for the value of a sync body. `outside` are the tokens outside the
/// expression that may use the parameters.
pub(crate) fn body_value(
    cx: &Context,
    function: &mut TrackedFn,
    outside: &TokenStream,
) -> TokenStream {
    if !may_exit_early(function.body().stream()) {
        return function.body().to_token_stream();
    }
    tracked_caller_body(function, outside).unwrap_or_else(|| moved_body(cx, function, outside))
}

/// Returns an expression for the value of a sync body in which `Location::caller()` returns the
/// caller of the function. Returns `None` if the function is not `#[track_caller]`, or if there is
/// no such expression.
pub(crate) fn tracked_caller_body(
    function: &mut TrackedFn,
    outside: &TokenStream,
) -> Option<TokenStream> {
    if !function.is_track_caller() {
        return None;
    }
    if let Some(inner_fn) = function.make_inner_fn(outside) {
        return Some(inner_fn);
    }
    let (value, ty, body) = (
        local("value"),
        function.erased_return_type(),
        function.labeled_body()?,
    );
    Some(quote!({ let #value: #ty = #body; #value }))
}

/// Returns the statement that awaits `future`, if necessary in the scope of the call, and binds
/// [`output_ident`] to the future's output.
pub(crate) fn bind_awaited(
    wrapper: &Wrapper,
    future: &TokenStream,
    output_type: Option<&TokenStream>,
) -> TokenStream {
    let output = output_ident();
    if let Some(call) = wrapper.observer() {
        let ty = output_type.map(|ty| quote!(: (#ty, _)));
        return quote!(let (#output, #call) #ty = #call.drive(#future).await;);
    }
    let ty = output_type.map(|ty| quote!(: #ty));
    let awaited = wrapper.scope().map_or_else(
        || quote!(#future.await),
        |call| quote!(#call.run(#future).await),
    );
    quote!(let #output #ty = #awaited;)
}

/// Returns the body as an async block, for an `async fn`. `outside` are the tokens outside the
/// block that may use the parameters.
pub(crate) fn async_block(
    cx: &Context,
    function: &mut TrackedFn,
    outside: &TokenStream,
) -> TokenStream {
    let type_hint = output_type_hint(cx, &function.erased_return_type(), function.return_span());
    let params = function.async_block_params(outside, &cx.call_site);
    let body = function.owning_body();
    function.capturing_async_block(&params, &quote!(#type_hint #body))
}

/// Returns a call to a closure that contains the body. Reports a `#[track_caller]` method, because
/// the attribute has no effect on a closure. `outside` are the tokens outside the closure that may
/// use the parameters.
pub(crate) fn moved_body(
    cx: &Context,
    function: &mut TrackedFn,
    outside: &TokenStream,
) -> TokenStream {
    let error = function.track_caller_of_method().map(|attr| {
        quote_spanned!(attr.path().span()=> ::core::compile_error!(
            "`#[track_caller]` has no effect on a method whose body contains `?` or a macro that may return, because the \
             body of a tracked method moves into a closure; move the body into another `#[track_caller]` method, and call \
             that method here"
        );)
    });
    let value = called_closure(cx, function, outside);
    match error {
        Some(error) => quote!({ #error #value }),
        None => value,
    }
}

/// Returns a call to a closure that contains the body. `outside` are the tokens outside the closure
/// that may use the parameters.
fn called_closure(cx: &Context, function: &mut TrackedFn, outside: &TokenStream) -> TokenStream {
    let call_site = &cx.call_site;
    let ClosureParams {
        is_move,
        statements,
    } = function.closure_params(outside, call_site);
    let output = function.erased_return_type();
    let body = match (function.body_as_closure(), is_move) {
        (Some(closure), _) => closure,
        (None, true) => function.owning_body(),
        (None, false) => function.body().to_token_stream(),
    };
    let closure = function.capturing_closure(is_move, &output, &statements, &body);
    quote!(#call_site.call_once(#closure))
}

/// Returns a statement that determines the output type of an async block, so that coercions and
/// errors are the same as in the original function.
fn output_type_hint(cx: &Context, output: &TokenStream, span: Span) -> TokenStream {
    let span = Span::call_site().located_at(span);
    let call_site = cx.call_site_at(span);
    quote_spanned!(span=> if false { return #call_site.returns::<#output>(); })
}
