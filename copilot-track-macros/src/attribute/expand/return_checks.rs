//! Checks of the returned value, which the compiler makes.
//!
//! A future or a stream that the attribute does not recognize must not count as a finished call.
//! The expansion asks the compiler for the kind of the return type or of a part of it, and requires
//! that the kind implements a trait. The trait's error message says what to write instead.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::{Index, spanned::Spanned as _};

use super::{
    context::{Context, LibraryModule, ReturnChecks},
    evaluation::kind_ident,
    span::{local, relocate, span_of, unify},
    wrap::wrapper::output_ident,
};
use crate::{
    attribute::{kind::AttributeKind, parse::args::Args},
    function::{
        opaque_parts::{OpaquePart, Step},
        shape::ReturnShape,
        tracked_fn::TrackedFn,
    },
};

/// Returns the checks of the returned value.
pub(super) fn checks(
    cx: &Context,
    kind: AttributeKind,
    args: &Args,
    function: &TrackedFn,
) -> ReturnChecks {
    ReturnChecks {
        kind: of_kind(cx, kind, args, function),
        parts: of_parts(cx, kind, args, function),
        output: of_output(cx, kind, args, function),
    }
}

/// Returns whether the event is sent when the function is called. Any future is then accepted.
fn is_sent_at_call(kind: AttributeKind, args: &Args) -> bool {
    kind == AttributeKind::Tool
        && args.record.is_none()
        && args.media.is_none()
        && args.result.is_empty()
}

/// Returns the statements that check the kind of the return type, if the kind is detected at
/// compile time.
fn of_kind(
    cx: &Context,
    kind: AttributeKind,
    args: &Args,
    function: &TrackedFn,
) -> Option<TokenStream> {
    let has_future_flag = args.future.is_some();
    if args.stream.is_some() || !function.may_return_hidden_future(has_future_flag) {
        return None;
    }
    let arg_traits = cx.arg_traits(Span::call_site());
    let of_kind = kind_ident();
    let check = if has_future_flag {
        Some(quote!(#arg_traits::FutureReturn::accept(&#of_kind);))
    } else if is_sent_at_call(kind, args) {
        None
    } else {
        Some(quote!(#arg_traits::TrackedReturn::accept(&#of_kind);))
    };
    let whole = check_whole(kind, args, &arg_traits, &quote!(&#of_kind));
    Some(relocate(quote!(#check #whole), function.return_span()))
}

/// Returns a statement that checks that the value is not a stream.
fn check_whole(
    kind: AttributeKind,
    args: &Args,
    arg_traits: &LibraryModule,
    of_kind: &TokenStream,
) -> Option<TokenStream> {
    if kind.is_reply() {
        // Without `body`, a stream causes the error about missing text, which also mentions
        // streams.
        let has_body = args.body.is_some();
        has_body.then(|| quote!(#arg_traits::WholeReply::accept(#of_kind);))
    } else {
        let has_result = !args.result.is_empty();
        has_result.then(|| quote!(#arg_traits::WholeResult::accept(#of_kind);))
    }
}

/// Returns the statements that check the named types inside the return type.
fn of_parts(cx: &Context, kind: AttributeKind, args: &Args, function: &TrackedFn) -> TokenStream {
    if is_sent_at_call(kind, args) {
        return TokenStream::new();
    }
    let parts = function.parts_that_may_be_futures().into_iter();
    let checks = parts.map(|part| {
        let span = span_of(part);
        let mut site = cx.call_site.clone();
        site.set_span(span);
        let of_kind = quote_spanned!(span=> &#site.returned::<#part>().kind());
        let arg_traits = cx.arg_traits(Span::call_site());
        let mut checks = TokenStream::new();
        for name in part_traits(kind) {
            let name = Ident::new(name, Span::call_site());
            let accept = relocate(quote!(#arg_traits::#name::accept), part.span());
            checks.extend(quote_spanned!(span=> #accept(#of_kind);));
        }
        checks
    });
    checks.collect()
}

/// Returns the traits that the kind of a part must implement.
fn part_traits(kind: AttributeKind) -> &'static [&'static str] {
    if kind.is_reply() {
        &["ReturnedPart", "ReplyPart"]
    } else {
        &["ReturnedPart"]
    }
}

/// Returns the statements that check the output, if the return type contains an `impl Trait`. The
/// types behind it are known only in the body.
fn of_output(
    cx: &Context,
    kind: AttributeKind,
    args: &Args,
    function: &TrackedFn,
) -> Option<TokenStream> {
    if is_sent_at_call(kind, args) || !matches!(function.return_shape(), ReturnShape::Value) {
        return None;
    }
    let (output, site) = (output_ident(), &cx.call_site);
    let arg_traits = cx.arg_traits(Span::call_site());
    let mut checks = TokenStream::new();
    for part in function.opaque_parts() {
        let check = if !part.is_whole() {
            let of_kind = kind_of_part(&part, site, &output);
            let traits = part_traits(kind).iter();
            let traits = traits.map(|name| Ident::new(name, Span::call_site()));
            quote!(#(#arg_traits::#traits::accept(#of_kind);)*)
        } else if function.is_async() {
            // The output of an async function may be a future.
            continue;
        } else {
            let of_kind = quote!(&#site.returned_value(&#output).kind());
            let whole = check_whole(kind, args, &arg_traits, &of_kind);
            quote!(#arg_traits::TrackedReturn::accept(#of_kind); #whole)
        };
        checks.extend(unify(check, part.ty.span()));
    }
    (!checks.is_empty()).then_some(checks)
}

/// Returns an expression for the kind of a part. The closure in it is never called.
fn kind_of_part(part: &OpaquePart<'_>, site: &Ident, output: &Ident) -> TokenStream {
    let (value, inner) = (local("value"), local("part"));
    let mut place = quote!(#value);
    for step in &part.path {
        let (matched, pattern) = match step {
            Step::Field(index) => {
                let index = Index::from(*index);
                place = quote!(&(#place).#index);
                continue;
            }
            Step::Ok => (place, quote!(::core::result::Result::Ok(#inner))),
            Step::Some => (place, quote!(::core::option::Option::Some(#inner))),
            Step::Ready => (place, quote!(::core::task::Poll::Ready(#inner))),
            Step::Item => (
                quote!((#place).iter().next()),
                quote!(::core::option::Option::Some(#inner)),
            ),
        };
        place = quote!(match #matched { #pattern => #inner, _ => #site.returns() });
    }
    quote!(&#site.returned_part(&#output, |#value| #place).kind())
}
