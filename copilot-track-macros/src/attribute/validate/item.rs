//! Validates that the item is a function that can be wrapped.

use proc_macro2::{Delimiter, Span, TokenStream, TokenTree};

use super::parameters;
use crate::{
    attribute::{kind::AttributeKind, parse::args::Args},
    error::Errors,
    function::{clone_bound::CloneBound, parse::UnsupportedItem, tracked_fn::TrackedFn},
};

/// Reports why `item` cannot be annotated.
pub(crate) fn unsupported(
    kind: AttributeKind,
    item: &TokenStream,
    reason: UnsupportedItem,
    errors: &mut Errors,
) {
    match reason {
        UnsupportedItem::NotAFunction => {
            let (span, advice) = not_a_function(kind, item);
            errors.error_at(span, format!("`{kind}` belongs on a function; {advice}"));
        }
        UnsupportedItem::NoBody => errors.error_spanned_by(
            item,
            format!(
                "`{kind}` can only be applied to a function with a body; for a trait method, put it on the method in \
                 each impl, and for a foreign function, put it on a function that calls it"
            ),
        ),
        UnsupportedItem::InvalidSignature(error) => errors.push(error),
    }
}

/// Returns whether the item is a closure, a block, or another expression. An expression cannot be
/// emitted after an error.
pub(crate) fn is_expression(item: &TokenStream) -> bool {
    let mut tokens = without_attributes(item).into_iter();
    match tokens.next() {
        Some(TokenTree::Punct(punct)) => punct.as_char() == '|',
        Some(TokenTree::Group(group)) => group.delimiter() != Delimiter::None,
        Some(TokenTree::Literal(_)) => true,
        Some(TokenTree::Ident(ident)) => {
            let starts_expression = ["async", "move", "static"].iter().any(|name| ident == name);
            starts_expression
                && match tokens.next() {
                    Some(TokenTree::Punct(punct)) => punct.as_char() == '|',
                    Some(TokenTree::Group(_)) => true,
                    Some(TokenTree::Ident(ident)) => ident == "move",
                    _ => false,
                }
        }
        None => false,
    }
}

/// Returns the item without its attributes and visibility.
fn without_attributes(item: &TokenStream) -> Vec<TokenTree> {
    let mut tokens = item.clone().into_iter().peekable();
    loop {
        match tokens.peek() {
            Some(TokenTree::Punct(punct)) if punct.as_char() == '#' => {
                tokens.next();
                tokens.next();
            }
            Some(TokenTree::Ident(ident)) if ident == "pub" => {
                tokens.next();
                tokens.next_if(|token| matches!(token, TokenTree::Group(_)));
            }
            _ => return tokens.collect(),
        }
    }
}

/// Returns where and how to report an item that is not a function.
fn not_a_function(kind: AttributeKind, item: &TokenStream) -> (Span, String) {
    let Some(token) = without_attributes(item).into_iter().next() else {
        return (
            Span::call_site(),
            "put it on the function whose calls it should track".to_owned(),
        );
    };
    let keyword = token.to_string();
    let advice = match keyword.as_str() {
        "struct" | "enum" | "union" => {
            "to send values of a type as events, write `#[derive(TrackEvent)]` on a struct"
                .to_owned()
        }
        "impl" => format!("put `{kind}` on each method in the block whose calls it should track"),
        "trait" => "put it on the methods in each impl of the trait".to_owned(),
        "mod" | "extern" => "put it on each function whose calls it should track".to_owned(),
        "async" if is_expression(item) && kind.has_method() => format!(
            "move this code into an `async fn` and annotate that function, or call the method `{}` of \
             `copilot_track::TrackedFutureExt` on the future",
            kind.name()
        ),
        _ if is_expression(item) => {
            "move this code into a function, and annotate that function".to_owned()
        }
        _ => "put it on the function whose calls it should track".to_owned(),
    };
    (token.span(), advice)
}

/// Reports a `Clone` bound that the tracked value cannot satisfy.
fn check_clone_bound(kind: AttributeKind, function: &TrackedFn, errors: &mut Errors) {
    match function.clone_bound() {
        Some(CloneBound::Stream(bound)) if kind.is_reply() => errors.error_spanned_by(
            bound,
            "a tracked stream cannot be cloned, because each clone would send the text of the reply again; remove \
             `Clone` from the return type, or annotate an async function that reads the stream and returns its text",
        ),
        Some(CloneBound::IntoFuture(bound)) => errors.error_spanned_by(
            bound,
            "a tracked `impl IntoFuture` cannot be cloned; return `impl Future<Output = …> + Clone`, or remove `Clone` \
             from the return type",
        ),
        _ => {}
    }
}

/// Reports `const` and variadic functions, which cannot be wrapped, and `result(…)` on a function
/// that returns a stream.
pub(crate) fn check(kind: AttributeKind, args: &Args, function: &TrackedFn, errors: &mut Errors) {
    let is_stream = args.stream.is_some() || function.return_shape().is_stream();
    if let Some(property) = args.result.first().filter(|_| is_stream) {
        let other_values = if kind.is_reply() {
            "; for other values, call `Reply::current().set_property(…)` in the stream"
        } else {
            ", or send an event of your own with `Turn::track` when the stream ends"
        };
        errors.error_at(
            property.span,
            format!(
                "`result(…)` is not allowed on a function that returns a stream, because the stream has no value yet \
                 when the function returns; use `properties(…)` for values that are known when the function is called\
                 {other_values}"
            ),
        );
    }
    check_clone_bound(kind, function, errors);
    if let Some(span) = args.future
        && function.is_async()
        && function.certainly_returns_value()
    {
        errors.error_at(
            span,
            "`future` is for a return type that is a future, which this one is not; remove `future`",
        );
    }
    parameters::check(args, kind.is_reply(), &function.sig, errors);
    if let Some(token) = &function.sig.constness {
        errors.error_at(
            token.span,
            format!(
                "`{kind}` cannot be applied to a `const fn`; put it on a function that calls it"
            ),
        );
    }
    if let Some(token) = &function.sig.variadic {
        errors.error_spanned_by(
            token,
            format!(
                "`{kind}` cannot be applied to a variadic function; put it on a function that calls it"
            ),
        );
    }
}
