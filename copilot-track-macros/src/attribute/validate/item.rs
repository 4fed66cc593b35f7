//! The item: a function that can be wrapped.

use proc_macro2::TokenStream;

use crate::{
    attribute::kind::AttributeKind,
    error::Errors,
    function::{parse::UnsupportedItem, tracked_fn::TrackedFn},
};

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
                "`{kind}` belongs on a function: write it above the `fn` whose calls it tracks"
            ),
        ),
        UnsupportedItem::NoBody => errors.error_spanned_by(
            item,
            format!(
                "this function has no body to run: write `{kind}` on one that has, as the methods of a trait's impls do"
            ),
        ),
        UnsupportedItem::InvalidSignature(error) => errors.push(error),
    }
}

pub(crate) fn check(kind: AttributeKind, function: &TrackedFn, errors: &mut Errors) {
    if let Some(token) = &function.sig.constness {
        errors.error_at(
            token.span,
            format!(
                "a `const fn` can run in the compiler, where there is no conversation: put `{kind}` on a function that \
                 calls it"
            ),
        );
    }
    if let Some(token) = &function.sig.variadic {
        errors.error_spanned_by(
            token,
            format!("a variadic function cannot be wrapped: put `{kind}` on one that calls it"),
        );
    }
}
