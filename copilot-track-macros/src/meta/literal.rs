//! Reads the values of string literals.

use syn::{Expr, ExprLit, Lit};

/// Returns the arguments for a MIME type such as `"image/png"`, as they are shown in errors.
pub(crate) fn mime_type(ty: &Expr) -> Option<String> {
    let text = string_literal(ty)?;
    let (ty, sub_type) = text.split_once('/')?;
    Some(format!("`type = \"{ty}\", sub_type = \"{sub_type}\"`"))
}

/// Returns the value of a string literal.
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
