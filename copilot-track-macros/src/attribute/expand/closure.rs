//! `body = |reply| …` and `record(outcome = |out| …)`: a closure of an argument, applied to a
//! value.
//!
//! A closure is not called but opened: `{ let reply = value; … }`. Its parameter so has the value's
//! type without an annotation, and its result may borrow from the value.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::quote;
use syn::{Expr, ExprClosure, Pat, ReturnType, Type};

use super::span::span_of;

/// Whether the closure asks for the function's whole value, by an annotation `&Result<…>` or
/// `&Option<…>`; otherwise it gets what is inside `Ok`.
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

/// The closure, or the path to a function, applied to `value`.
pub(crate) fn apply_closure(expr: &Expr, value: &TokenStream) -> TokenStream {
    let Some(closure) = as_closure(expr) else {
        let mut arguments = Group::new(Delimiter::Parenthesis, value.clone());
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
    // The braces stand where the closure stood: there its result is wrong, if it is.
    let mut block = Group::new(Delimiter::Brace, quote!(let #pattern = #value; #body));
    block.set_span(span_of(&**body_expr));
    quote!(#block)
}

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

/// `return` and `?` leave the closure, so there has to be one.
fn contains_early_return(tokens: TokenStream) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => ident == "return",
        TokenTree::Punct(punct) => punct.as_char() == '?',
        TokenTree::Group(group) => contains_early_return(group.stream()),
        TokenTree::Literal(_) => false,
    })
}
