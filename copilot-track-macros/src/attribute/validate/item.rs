//! Validates that the item is a function that can be wrapped.

use proc_macro2::TokenStream;

use crate::{
    attribute::{kind::AttributeKind, parse::args::Args},
    error::Errors,
    function::{parse::UnsupportedItem, tracked_fn::TrackedFn},
};

/// Reports why `item` cannot be annotated.
pub(crate) fn unsupported(
    kind: AttributeKind,
    item: &TokenStream,
    reason: UnsupportedItem,
    errors: &mut Errors,
) {
    match reason {
        UnsupportedItem::NotAFunction => errors.error_spanned_by(
            item,
            format!(
                "`{kind}` can only be applied to a function; put it on the function whose calls it should track"
            ),
        ),
        UnsupportedItem::NoBody => errors.error_spanned_by(
            item,
            format!(
                "`{kind}` can only be applied to a function with a body; for a trait method, put it on the method in \
                 each impl"
            ),
        ),
        UnsupportedItem::InvalidSignature(error) => errors.push(error),
    }
}

/// Reports `const` and variadic functions, which cannot be wrapped, and `result(…)` on a function
/// that returns a stream.
pub(crate) fn check(kind: AttributeKind, args: &Args, function: &TrackedFn, errors: &mut Errors) {
    let is_stream = args.stream.is_some() || function.return_shape().is_stream();
    if let Some(property) = args.result.first().filter(|_| is_stream) {
        errors.error_at(
            property.span,
            "`result(…)` is not allowed on a function that returns a stream, because the stream has no value yet when \
             the function returns; use `properties(…)` for values that are known when the function is called, or send \
             an event of your own with `Turn::track` when the stream ends",
        );
    }
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
