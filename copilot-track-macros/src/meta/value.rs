//! The value of an argument.

use proc_macro2::Span;
use syn::{Expr, ExprLit, Lit};

use crate::{
    error::Errors,
    meta::list::{Arg, Value},
};

pub(crate) fn expr(arg: &Arg, errors: &mut Errors) -> Option<Expr> {
    match &arg.value {
        Value::Expr(expr) => Some((**expr).clone()),
        Value::Broken => None,
        Value::Flag | Value::List(_) => {
            let key = arg.name();
            errors.at(
                arg.span(),
                format!("`{key}` needs a value: write `{key} = …`"),
            );
            None
        }
    }
}

/// An expression that, where it is a literal, has to be a text that says something.
pub(crate) fn text(arg: &Arg, errors: &mut Errors) -> Option<Expr> {
    let expr = expr(arg, errors)?;
    if let Expr::Lit(ExprLit { lit, .. }) = &expr {
        let key = arg.name();
        match lit {
            Lit::Str(text) if text.value().trim().is_empty() => {
                errors.on(&expr, format!("`{key}` must not be empty"));
                return None;
            }
            Lit::Str(_) => {}
            _ => {
                errors.on(&expr, format!("`{key}` is a text: write `{key} = \"…\"`"));
                return None;
            }
        }
    }
    Some(expr)
}

pub(crate) fn flag(arg: &Arg, errors: &mut Errors) -> Option<Span> {
    match &arg.value {
        Value::Flag => Some(arg.span()),
        Value::Broken => None,
        Value::Expr(_) | Value::List(_) => {
            errors.at(arg.span(), format!("`{}` takes no value", arg.name()));
            None
        }
    }
}

pub(crate) fn literal(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Lit(ExprLit {
            lit: Lit::Str(text),
            ..
        }) => Some(text.value()),
        Expr::Group(group) => literal(&group.expr),
        _ => None,
    }
}
