//! The item: a function that can be wrapped.

use proc_macro2::TokenStream;

use crate::{
    attribute::kind::Macro,
    error::Errors,
    function::{parse::NotAHandler, tracked_fn::Handler},
};

pub(crate) fn not_a_handler(
    which: Macro,
    item: &TokenStream,
    reason: NotAHandler,
    errors: &mut Errors,
) {
    match reason {
        NotAHandler::OtherItem => errors.on(
            item,
            format!(
                "`{which}` belongs on a function: write it above the `fn` whose calls it tracks"
            ),
        ),
        NotAHandler::NoBody => errors.on(
            item,
            format!(
                "this function has no body to run: write `{which}` on one that has, as the methods of a trait's impls do"
            ),
        ),
        NotAHandler::Unreadable(error) => errors.push(error),
    }
}

pub(crate) fn check(which: Macro, handler: &Handler, errors: &mut Errors) {
    if let Some(token) = &handler.sig.constness {
        errors.at(
            token.span,
            format!(
                "a `const fn` can run in the compiler, where there is no conversation: put `{which}` on a function that \
                 calls it"
            ),
        );
    }
    if let Some(token) = &handler.sig.variadic {
        errors.on(
            token,
            format!("a variadic function cannot be wrapped: put `{which}` on one that calls it"),
        );
    }
}
