//! The value of an argument.

use proc_macro2::Span;
use syn::{Expr, ExprLit, Lit};

use crate::{
    error::Errors,
    meta::list::{Arg, ArgValue},
};

pub(crate) fn expr_value(arg: &Arg, errors: &mut Errors) -> Option<Expr> {
    match &arg.value {
        ArgValue::Expr(expr) => Some((**expr).clone()),
        ArgValue::Invalid => None,
        ArgValue::Flag | ArgValue::List(_) => {
            let key = arg.name();
            errors.error_at(
                arg.span(),
                format!("`{key}` needs a value: write `{key} = …`"),
            );
            None
        }
    }
}

/// An expression that, where it is a literal, has to be a text that says something.
pub(crate) fn text_value(arg: &Arg, errors: &mut Errors) -> Option<Expr> {
    let expr = expr_value(arg, errors)?;
    if let Expr::Lit(ExprLit { lit, .. }) = &expr {
        let key = arg.name();
        match lit {
            Lit::Str(text) if text.value().trim().is_empty() => {
                errors.error_spanned_by(&expr, format!("`{key}` must not be empty"));
                return None;
            }
            Lit::Str(_) => {}
            _ => {
                errors.error_spanned_by(&expr, format!("`{key}` is a text: write `{key} = \"…\"`"));
                return None;
            }
        }
    }
    Some(expr)
}

pub(crate) fn flag_value(arg: &Arg, errors: &mut Errors) -> Option<Span> {
    match &arg.value {
        ArgValue::Flag => Some(arg.span()),
        ArgValue::Invalid => None,
        ArgValue::Expr(_) | ArgValue::List(_) => {
            errors.error_at(arg.span(), format!("`{}` takes no value", arg.name()));
            None
        }
    }
}

pub(crate) fn string_literal(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Lit(ExprLit {
            lit: Lit::Str(text),
            ..
        }) => Some(text.value()),
        Expr::Group(group) => string_literal(&group.expr),
        _ => None,
    }
}
