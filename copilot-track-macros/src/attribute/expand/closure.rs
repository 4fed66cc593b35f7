//! Applies the closure of `body = |reply| …` or `record(outcome = |out| …)` to a value.
//!
//! ```text
//! input    |reply| &reply.text     applied to `value`
//! output   { let reply = value; &reply.text }
//! ```
//!
//! The closure is inlined instead of called, so its parameter needs no type annotation, and its
//! result may borrow from the value.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::quote;
use syn::{Expr, ExprClosure, Pat, ReturnType, Type};

use super::span::{relocate, span_of};

/// Returns whether the closure takes the whole `Result`. It does if its parameter is annotated as
/// `&Result<…>`. Any other closure takes the value inside `Ok`.
pub(crate) fn takes_result(expr: &Expr) -> bool {
    let Some(Pat::Type(pat)) = as_closure(expr).and_then(|closure| closure.inputs.first()) else {
        return false;
    };
    let Type::Reference(reference) = &*pat.ty else {
        return false;
    };
    match &*reference.elem {
        Type::Path(path) => path
            .path
            .segments
            .last()
            .is_some_and(|segment| segment.ident == "Result"),
        _ => false,
    }
}

/// Returns an expression that applies the closure or function `expr` to `value`.
pub(crate) fn apply_closure(expr: &Expr, value: &TokenStream) -> TokenStream {
    let Some(closure) = as_closure(expr) else {
        let value = relocate(value.clone(), span_of(expr));
        let mut arguments = Group::new(Delimiter::Parenthesis, value);
        arguments.set_span(span_of(expr));
        let mut function = Group::new(Delimiter::Parenthesis, quote!(#expr));
        function.set_span(span_of(expr));
        return quote!(#function #arguments);
    };
    let pattern = closure.inputs.first();
    let body_expr = &closure.body;
    let body = match &closure.output {
        ReturnType::Default if !contains_early_return(quote!(#body_expr)) => quote!(#body_expr),
        output => quote!((|| #output #body_expr)()),
    };
    // Clippy would report `_` for the value `()`, although it does not report such a closure.
    let allowed = matches!(pattern, Some(Pat::Wild(_)))
        .then(|| quote!(#[allow(clippy::ignored_unit_patterns)]));
    // The block has the span of the closure's body, so that type errors point there.
    let mut block = Group::new(
        Delimiter::Brace,
        quote!(#allowed let #pattern = #value; #body),
    );
    block.set_span(span_of(&**body_expr));
    quote!(#block)
}

/// Returns the closure if it can be inlined: it must have one parameter and must not be async.
fn as_closure(expr: &Expr) -> Option<&ExprClosure> {
    match expr {
        Expr::Closure(closure) if closure.inputs.len() == 1 && closure.asyncness.is_none() => {
            Some(closure)
        }
        Expr::Group(group) => as_closure(&group.expr),
        Expr::Paren(paren) => as_closure(&paren.expr),
        _ => None,
    }
}

/// Returns whether `tokens` contain `return` or `?`. Both exit the closure, so a closure that
/// contains them cannot be inlined as a block.
fn contains_early_return(tokens: TokenStream) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => ident == "return",
        TokenTree::Punct(punct) => punct.as_char() == '?',
        TokenTree::Group(group) => contains_early_return(group.stream()),
        TokenTree::Literal(_) => false,
    })
}
