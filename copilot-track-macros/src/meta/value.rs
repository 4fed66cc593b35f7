//! Converts argument values. The error messages show what to write instead.

use proc_macro2::Span;
use quote::ToTokens;
use syn::{Expr, ExprLit, Lit};

use crate::{
    error::Errors,
    meta::{
        list::{Arg, ArgValue},
        literal::mime_type,
    },
};

/// Arguments whose value is usually a variable.
const VARIABLES: &[&str] = &["conversation", "message", "message_id", "rating"];

/// Returns the expression of `key = expression`.
pub(crate) fn expr_value(arg: &Arg, errors: &mut Errors) -> Option<Expr> {
    match &arg.value {
        ArgValue::Expr(expr) => Some((**expr).clone()),
        ArgValue::Invalid => None,
        ArgValue::Flag | ArgValue::List(_) => {
            let key = arg.name();
            let value = match &arg.value {
                ArgValue::List(tokens) if !tokens.is_empty() => tokens.to_string(),
                // The value is often a parameter of the same name.
                ArgValue::Flag if VARIABLES.contains(&key.as_str()) => key.clone(),
                _ => "…".to_owned(),
            };
            errors.error_at(
                arg.span(),
                format!("expected a value for `{key}`; write `{key} = {value}`"),
            );
            None
        }
    }
}

/// Returns the expression of `key = expression`. A literal must be a string that is not blank.
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
            lit => {
                let found = lit.to_token_stream();
                let text = match lit {
                    Lit::Char(char) => char.value().to_string(),
                    Lit::Int(_) | Lit::Float(_) | Lit::Bool(_) => found.to_string(),
                    _ => "…".to_owned(),
                };
                errors.error_spanned_by(
                    &expr,
                    format!("expected a string, found `{found}`; write `{key} = \"{text}\"`"),
                );
                return None;
            }
        }
    }
    Some(expr)
}

/// Returns the expression of `sub_type = expression`, as [`text_value`] does. A literal must not be
/// a whole MIME type.
pub(crate) fn sub_type_value(arg: &Arg, errors: &mut Errors) -> Option<Expr> {
    let sub_type = text_value(arg, errors)?;
    if let Some(mime_type) = mime_type(&sub_type) {
        errors.error_spanned_by(
            &sub_type,
            format!("the two parts of a MIME type are separate arguments; write {mime_type}"),
        );
    }
    Some(sub_type)
}

/// Returns the span of a `key` without a value.
pub(crate) fn flag_value(arg: &Arg, errors: &mut Errors) -> Option<Span> {
    match &arg.value {
        ArgValue::Flag => Some(arg.span()),
        ArgValue::Invalid => None,
        ArgValue::Expr(_) | ArgValue::List(_) => {
            let key = arg.name();
            let is_false = matches!(&arg.value, ArgValue::Expr(expr) if is_false(expr));
            let advice = if is_false {
                "remove it".to_owned()
            } else {
                format!("write only `{key}`")
            };
            errors.error_at(
                arg.span(),
                format!("`{key}` does not take a value; {advice}"),
            );
            None
        }
    }
}

fn is_false(expr: &Expr) -> bool {
    matches!(expr, Expr::Lit(ExprLit { lit: Lit::Bool(bool), .. }) if !bool.value)
}
