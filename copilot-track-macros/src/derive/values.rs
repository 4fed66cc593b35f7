//! Converts the values of arguments in `#[track(…)]`.

use quote::ToTokens;
use syn::{Expr, ExprLit, ExprPath, Lit, Path, spanned::Spanned};

use super::{
    serde::{path_of, serialize_fn},
    spanned::{NameValue, WithSpan},
};
use crate::{
    case::RenameRule,
    error::Errors,
    meta::{
        crate_path,
        list::{Arg, ArgValue},
        literal::string_literal,
    },
    suggest::{closest_match, quoted_list},
};

/// Returns the expression of `key = expression`. The error shows `example` as a valid use.
fn expr<'a>(arg: &'a Arg, example: &str, errors: &mut Errors) -> Option<&'a Expr> {
    match &arg.value {
        ArgValue::Expr(expr) => Some(expr),
        ArgValue::Invalid => None,
        ArgValue::Flag | ArgValue::List(_) => {
            let key = arg.name();
            errors.error_at(
                arg.span(),
                format!("expected a value for `{key}`; write `{example}`"),
            );
            None
        }
    }
}

/// Returns a string literal that is a name: trimmed, and neither empty nor with control characters.
pub(super) fn text_value(arg: &Arg, errors: &mut Errors) -> Option<WithSpan<String>> {
    let key = arg.name();
    let example = format!("{key} = \"…\"");
    let expr = expr(arg, &example, errors)?;
    let Some(text) = string_literal(expr) else {
        let example = match expr {
            Expr::Path(path) if path.path.get_ident().is_some() => {
                format!("{key} = \"{}\"", path.to_token_stream())
            }
            _ => example,
        };
        errors.error_spanned_by(
            expr,
            format!("expected a string literal; write `{example}`"),
        );
        return None;
    };
    let text = text.trim();
    if text.is_empty() {
        errors.error_spanned_by(expr, format!("`{key}` must not be empty"));
        return None;
    }
    if text.contains(char::is_control) {
        errors.error_spanned_by(
            expr,
            format!("`{key}` must not contain line breaks, tabs, or other control characters"),
        );
        return None;
    }
    Some(WithSpan {
        value: text.to_owned(),
        span: expr.span(),
    })
}

/// Returns the event's name: a string literal or the path of a constant.
pub(super) fn name_value(arg: &Arg, errors: &mut Errors) -> Option<NameValue> {
    if let ArgValue::Expr(expr) = &arg.value {
        if let Expr::Path(path) = &**expr {
            return Some(NameValue::Constant(path.clone()));
        }
        if string_literal(expr).is_none() {
            errors.error_spanned_by(
                expr,
                "expected a string literal or a constant; write `name = \"Item Purchased\"` or `name = EVENT_NAME`",
            );
            return None;
        }
    }
    text_value(arg, errors).map(NameValue::Literal)
}

/// Returns the function `serialize` of the module in `with = "path"`.
pub(super) fn with_value(arg: &Arg, errors: &mut Errors) -> Option<WithSpan<ExprPath>> {
    const EXAMPLE: &str = "with = \"path::of::a::module\"";
    let expr = expr(arg, EXAMPLE, errors)?;
    let path = match expr {
        Expr::Path(path) => Some(path.clone()),
        expr => path_of(expr),
    };
    let Some(path) = path else {
        errors.error_spanned_by(
            expr,
            format!(
                "expected the path of a module that has a function `serialize`, as for serde; write `{EXAMPLE}`"
            ),
        );
        return None;
    };
    Some(WithSpan {
        value: serialize_fn(path),
        span: arg.span(),
    })
}

/// Returns the value of a flag: `key` or `key = true`, or `key = false`.
pub(super) fn bool_value(arg: &Arg, errors: &mut Errors) -> Option<WithSpan<bool>> {
    let key = arg.name();
    let value = match &arg.value {
        ArgValue::Flag => true,
        ArgValue::Invalid => return None,
        ArgValue::Expr(expr) if is_bool(expr, true) => true,
        ArgValue::Expr(expr) if is_bool(expr, false) => false,
        ArgValue::Expr(_) | ArgValue::List(_) => {
            errors.error_at(
                arg.span(),
                format!("`{key}` does not take a value; write `#[track({key})]`"),
            );
            return None;
        }
    };
    Some(WithSpan {
        value,
        span: arg.span(),
    })
}

fn is_bool(expr: &Expr, expected: bool) -> bool {
    matches!(expr, Expr::Lit(ExprLit { lit: Lit::Bool(lit), .. }) if lit.value == expected)
}

pub(super) fn rename_rule(arg: &Arg, errors: &mut Errors) -> Option<RenameRule> {
    let text = text_value(arg, errors)?;
    let case = RenameRule::parse(&text.value);
    if case.is_none() {
        let names: Vec<_> = RenameRule::ALL.iter().map(|(name, _)| *name).collect();
        let invalid = format!("invalid value `{}` for `rename_all`", text.value);
        let names_list = quoted_list(&names, "or");
        let message = match closest_match(&text.value, &names) {
            Some(near) => {
                format!("{invalid}; did you mean `{near}`? (expected one of {names_list})")
            }
            None => format!("{invalid}; expected one of {names_list}"),
        };
        errors.error_at(text.span, message);
    }
    case
}

pub(super) fn crate_path(arg: &Arg, errors: &mut Errors) -> Option<Path> {
    match &arg.value {
        ArgValue::Invalid => None,
        ArgValue::Expr(expr) => crate_path::parse_absolute(expr, errors),
        ArgValue::Flag | ArgValue::List(_) => {
            errors.error_at(arg.span(), crate_path::EXPECTED);
            None
        }
    }
}
