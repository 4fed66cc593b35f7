//! Builds the new function for each kind of annotated function.

use proc_macro2::{Delimiter, Group, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::Type;

use super::{
    body::{async_block, bind_awaited, bind_output, body_value, moved_body, tracked_caller_body},
    completion::complete,
    wrapper::{Completion, Wrapper, completion_ident, output_ident},
};
use crate::{
    attribute::expand::{
        context::Context,
        evaluation::{ArgEvaluation, kind_ident},
        span::{local, unify},
    },
    function::{
        boxed_tail::BoxedTail,
        control_flow::always_succeeds,
        return_type::{ErasedReturnType, ErasedType},
        shape::{Boxing, OpaqueFuture, ReturnShape},
        tracked_fn::TrackedFn,
    },
};

/// Returns the new function for any return type except `!`, which [`wrap_diverging`] handles.
/// `wrapper` receives the shape of the value that the call produces.
pub(crate) fn wrap(
    cx: &Context,
    function: &mut TrackedFn,
    shape: &ReturnShape,
    wrapper: impl FnOnce(&mut ArgEvaluation, &ReturnShape) -> Wrapper,
) -> TokenStream {
    if let Some(tail) = function.instrumented_tail() {
        function.relax_expectations_for_wrapper();
        let mut evaluation = ArgEvaluation::eager();
        let output_shape = match shape {
            ReturnShape::Future { output_shape, .. } => output_shape,
            _ => &ReturnShape::Value,
        };
        let wrapper = wrapper(&mut evaluation, output_shape);
        return wrap_boxed_tail(cx, function, &wrapper, &evaluation, &tail);
    }
    if let Some(checks) = &cx.checks.kind {
        function.relax_expectations_for_wrapper();
        let mut evaluation = ArgEvaluation::of_kind();
        let wrapper = wrapper(&mut evaluation, &ReturnShape::Value);
        return wrap_by_kind(cx, function, &wrapper, &evaluation, checks);
    }
    let mut evaluation = match shape {
        ReturnShape::Future { .. } => ArgEvaluation::eager(),
        _ => ArgEvaluation::lazy(),
    };
    if let ReturnShape::Future {
        boxing,
        output_type,
        output_shape,
    } = shape
    {
        function.relax_expectations_for_wrapper();
        let wrapper = wrapper(&mut evaluation, output_shape);
        return wrap_returned_future(
            cx,
            function,
            &wrapper,
            &evaluation,
            *boxing,
            output_type.as_deref(),
        );
    }
    let wrapper = wrapper(&mut evaluation, shape);
    let replaces_output = matches!(wrapper.completion, Completion::Replace(_));
    if function.can_desugar_async() && function.may_suspend() && !replaces_output {
        function.relax_expectations_for_wrapper();
        return wrap_async(cx, function, &wrapper);
    }
    let in_place = match wrapper.completion {
        Completion::None => true,
        Completion::Outcome => {
            function.is_infallible() || always_succeeds(function.body().stream())
        }
        _ => false,
    };
    let checks = cx.checks.output.as_ref().filter(|_| !replaces_output);
    if in_place && !function.may_suspend() && checks.is_none() {
        return wrap_with_guard(cx, function, &wrapper);
    }
    function.relax_expectations_for_wrapper();
    let mut run = bind_output(cx, function, &wrapper);
    run.extend(checks.cloned());
    let body = complete(cx, &wrapper, &run, function.body_end());
    with_call_site(cx, function, &body)
}

/// Returns the function with statements before its body and nothing after it.
pub(crate) fn prepend(cx: &Context, function: &TrackedFn, start: &TokenStream) -> TokenStream {
    let call_site = cx.call_site_item(&function.sig.ident);
    let body = function.body();
    function.with_body(quote!({ #call_site #start } #body))
}

/// Returns the new function for `-> !`. The call produces no value, but it can panic or be
/// cancelled.
pub(crate) fn wrap_diverging(
    cx: &Context,
    function: &mut TrackedFn,
    wrapper: &Wrapper,
) -> TokenStream {
    if !function.is_async() {
        return wrap_with_guard(cx, function, wrapper);
    }
    if wrapper.scope().or(wrapper.observer()).is_none() {
        let guard = wrapper.guard(None);
        let body = function.body();
        return with_call_site(cx, function, &quote!(#guard #body));
    }
    let start = wrapper.start();
    let params = function.async_block_params(&start, &cx.call_site);
    let (never, output, body) = (local("never"), output_ident(), function.body());
    let allow_assignments = function.allow_assignments();
    let body = quote! {
        #allow_assignments
        let #never: ::core::convert::Infallible = #body;
        #never
    };
    let future = function.capturing_async_block(&params, &body);
    let run = bind_awaited(wrapper, &future, None);
    let body = quote! {
        #start
        #[allow(unreachable_code, unused_variables, clippy::diverging_sub_expression)]
        #run
        match #output {}
    };
    with_call_site(cx, function, &body)
}

/// Turns an `async fn` into a function that returns a single async block.
fn wrap_async(cx: &Context, function: &mut TrackedFn, wrapper: &Wrapper) -> TokenStream {
    let call_site = &cx.call_site;
    let Wrapper {
        before,
        call,
        completion,
    } = wrapper;
    let (before, begin) = (non_empty(before), call.as_ref().map(|call| &call.value));
    let begin = begin.into_iter();
    let span = Span::call_site().located_at(function.return_span());
    let return_site = cx.call_site_at(span);
    let return_type = function.sig.output.clone();
    let return_type = ErasedReturnType(&return_type);
    let moves = function.desugar_async(call_site);
    let call_site_item = cx.call_site_item(&function.sig.ident);
    let body = function.owning_body();
    let type_hint = quote_spanned!(span=> return #return_site.returns::<#return_type>(););
    let type_hint = Group::new(Delimiter::Brace, type_hint);
    let body = quote!(#before #(#begin.start();)* if false #type_hint #body);
    let future = function.capturing_async_block(&moves, &body);
    let run = match completion {
        Completion::None | Completion::Replace(_) => {
            quote!(#call_site_item #call_site.run_scoped(#future))
        }
        Completion::Outcome => {
            quote!(#call_site_item #call_site.run(#future, #call_site.output::<#return_type>().outcome()))
        }
        Completion::ReplyText(span) => {
            let span = Span::mixed_site().located_at(*span);
            let mut return_site = cx.call_site.clone();
            return_site.set_span(span);
            // All tokens have the same location, so that the compiler reports an error only once.
            let arg_traits = cx.arg_traits(span);
            let run = quote_spanned!(span=>
                #return_site.run(#future, #return_site.output::<#return_type>().reply_text(#arg_traits::MessageBody::message_body))
            );
            quote!(#call_site_item #run)
        }
        Completion::Inspect(inspect) => {
            let (output, completion) = (output_ident(), completion_ident());
            quote!(#call_site_item #call_site.run_to(#future, move |#output, #completion| { #inspect }))
        }
    };
    function.with_body(run)
}

/// Returns the function with its body unchanged and a guard that ends the call when it is dropped.
fn wrap_with_guard(cx: &Context, function: &TrackedFn, wrapper: &Wrapper) -> TokenStream {
    let guard = wrapper.guard(Some(&quote!(.until_return())));
    let body = function.body();
    with_call_site(cx, function, &quote!(#guard #body))
}

/// Returns the new function for a function that returns a future. It runs the body and wraps the
/// future that the body returns.
fn wrap_returned_future(
    cx: &Context,
    function: &mut TrackedFn,
    wrapper: &Wrapper,
    evaluation: &ArgEvaluation,
    boxing: Boxing,
    output_type: Option<&Type>,
) -> TokenStream {
    let (future, bindings) = (local("future"), evaluation.statements());
    let output_type = output_type.map(|ty| ErasedType(ty).to_token_stream());
    let created = created_future(cx, function, &bindings);
    let replaces_output = matches!(wrapper.completion, Completion::Replace(_));
    if !replaces_output && !matches!(boxing, Boxing::Pin | Boxing::Box) {
        let value = tracked_future(cx, function, wrapper, boxing, output_type.as_ref());
        let into_future = quote!(::core::future::IntoFuture::into_future);
        let created = match boxing {
            Boxing::None(OpaqueFuture::IntoFuture) => quote!(#into_future(#created)),
            Boxing::Fallible(OpaqueFuture::IntoFuture) => quote!(#created.map(#into_future)),
            _ => created,
        };
        return with_call_site(
            cx,
            function,
            &quote!(#bindings let #future = #created; #value),
        );
    }
    let run = bind_awaited(wrapper, &quote!(#future), output_type.as_ref());
    let inner = complete(cx, wrapper, &run, function.body_end());
    let value = quote!(async move { #inner });
    let value = match boxing {
        Boxing::Pin => quote!(::std::boxed::Box::pin(#value)),
        Boxing::Box => quote!(::std::boxed::Box::new(::std::boxed::Box::pin(#value))),
        Boxing::Fallible(_) => quote!(#future.map(move |#future| #value)),
        Boxing::None(_) => value,
    };
    with_call_site(
        cx,
        function,
        &quote!(#bindings let #future = #created; #value),
    )
}

/// Returns the expression that creates the future.
fn created_future(cx: &Context, function: &mut TrackedFn, bindings: &TokenStream) -> TokenStream {
    if function.is_async() {
        let future = async_block(cx, function, bindings);
        return quote!(#future.await);
    }
    tracked_caller_body(function, bindings).unwrap_or_else(|| moved_body(cx, function, bindings))
}

/// Returns the expression that wraps the local variable `future`, whose type is written as an `impl
/// Future`. The call starts when the future is first polled.
fn tracked_future(
    cx: &Context,
    function: &TrackedFn,
    wrapper: &Wrapper,
    boxing: Boxing,
    output_type: Option<&TokenStream>,
) -> TokenStream {
    let (call_site, private, before) = (&cx.call_site, &cx.private, &wrapper.before);
    let (future, kind) = (local("future"), kind_ident());
    let start = wrapper
        .call
        .as_ref()
        .map_or_else(|| quote!(#call_site.untracked()), |call| call.value.clone());
    let arg_traits = cx.arg_traits(Span::call_site());
    let handler = match &wrapper.completion {
        Completion::None | Completion::Replace(_) => quote!(#call_site.no_handler()),
        Completion::Outcome => quote!(#kind.outcome()),
        Completion::ReplyText(span) => unify(
            quote!(#kind.reply_text(#arg_traits::MessageBody::message_body)),
            *span,
        ),
        Completion::Inspect(inspect) => {
            let (value, completion) = (output_ident(), completion_ident());
            quote!(#kind.inspect(move |#value, #completion| { #inspect }))
        }
    };
    let name = if let Boxing::Fallible(_) = boxing {
        quote!(FallibleFuture)
    } else {
        quote!(ReturnedFuture)
    };
    let track = match boxing {
        Boxing::None(OpaqueFuture::Shared) | Boxing::Fallible(OpaqueFuture::Shared) => {
            quote!(track_shared)
        }
        _ => quote!(track),
    };
    let span = function.return_span();
    let ty = output_type.map(|ty| quote!(: #private::OutputType<#ty>));
    let output_type = unify(quote!(#arg_traits::#name::output_type(&#future)), span);
    let track = unify(quote!(#arg_traits::#name::#track), span);
    quote! {
        let #kind #ty = #output_type;
        #track(#future, move || { #before #start }, #handler)
    }
}

/// Returns the new function for a body that ends with `Box::pin(async move { … })`. The body keeps
/// this form.
fn wrap_boxed_tail(
    cx: &Context,
    function: &TrackedFn,
    wrapper: &Wrapper,
    evaluation: &ArgEvaluation,
    tail: &BoxedTail,
) -> TokenStream {
    let bindings = evaluation.statements();
    let BoxedTail {
        statements,
        function: box_pin,
        future,
    } = tail;
    let run = bind_awaited(wrapper, &quote!((#future)), None);
    let inner = complete(cx, wrapper, &run, function.body_end());
    with_call_site(
        cx,
        function,
        &quote!(#bindings #statements #box_pin(async move { #inner })),
    )
}

/// Returns the new function for a return type that may be a future. The kind of the return type,
/// which the compiler detects, decides when the call starts and how it completes.
fn wrap_by_kind(
    cx: &Context,
    function: &mut TrackedFn,
    wrapper: &Wrapper,
    evaluation: &ArgEvaluation,
    checks: &TokenStream,
) -> TokenStream {
    let (call_site, kind, output) = (&cx.call_site, kind_ident(), output_ident());
    let span = Span::call_site().located_at(function.return_span());
    let (return_site, return_type) = (cx.call_site_at(span), function.erased_return_type());
    let detected = quote_spanned!(span=> #return_site.returned::<#return_type>().kind());
    let (bindings, before) = (evaluation.statements(), &wrapper.before);
    let start = wrapper
        .call
        .as_ref()
        .map_or_else(|| quote!(#call_site.untracked()), |call| call.value.clone());
    let call = local("call");
    let body = body_value(cx, function, &quote!(#bindings #before #start));
    let entered = wrapper.scope().map(|_| {
        let entered = local("_entered");
        quote!(let #entered = #call.enter();)
    });
    let arg_traits = cx.arg_traits(Span::call_site());
    let finish = match &wrapper.completion {
        Completion::None | Completion::Replace(_) => {
            quote!(#kind.finish(#call, #output, #call_site.no_handler()))
        }
        Completion::Outcome => quote!(#kind.finish(#call, #output, #kind.output().outcome())),
        Completion::ReplyText(span) => {
            let text = quote!(#arg_traits::MessageBody::message_body);
            let finish = quote!(#kind.finish(#call, #output, #kind.output().reply_text(#text)));
            unify(finish, *span)
        }
        Completion::Inspect(inspect) => {
            let (value, completion) = (output_ident(), completion_ident());
            quote!(#kind.finish_with(#call, #output, move |#value, #completion| { #inspect }))
        }
    };
    let block = quote! {
        let #kind = #detected;
        #checks
        #bindings
        let #call = #kind.start(move || { #before #start });
        let #output: #return_type = { #entered #body };
        #[allow(unreachable_code)]
        #finish
    };
    with_call_site(cx, function, &block)
}

fn with_call_site(cx: &Context, function: &TrackedFn, block: &TokenStream) -> TokenStream {
    let call_site = cx.call_site_item(&function.sig.ident);
    function.with_body(quote!(#call_site #block))
}

/// Returns `tokens`, or `None` if they are empty. Interpolating an empty stream costs as much as
/// interpolating a non-empty one.
fn non_empty(tokens: &TokenStream) -> Option<&TokenStream> {
    (!tokens.is_empty()).then_some(tokens)
}
