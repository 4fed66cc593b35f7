//! Parses `result(in_stock = |level| *level > 0)`.

use proc_macro2::Span;
use syn::Expr;

use super::nested::parse_list;
use crate::{
    error::Errors,
    meta::list::{Arg, ArgValue},
};

/// A property that is derived from the returned value: `in_stock = |level| *level > 0`.
pub(crate) struct ResultProperty {
    pub(crate) name: String,
    /// A closure or a function.
    pub(crate) value: Expr,
    /// The span of the name.
    pub(crate) span: Span,
}

/// Parses `result(…)`.
pub(super) fn parse(arg: &Arg, errors: &mut Errors) -> Vec<ResultProperty> {
    let mut properties: Vec<ResultProperty> = Vec::new();
    let args = parse_list(arg, &[], "result(in_stock = |level| *level > 0)", errors);
    for arg in args.into_iter().flatten() {
        let name = arg.name();
        if properties.iter().any(|other| other.name == name) {
            errors.error_at(arg.span(), format!("duplicate property `{name}`"));
            continue;
        }
        match &arg.value {
            ArgValue::Expr(expr) => properties.push(ResultProperty {
                value: (**expr).clone(),
                span: arg.span(),
                name,
            }),
            ArgValue::Invalid => {}
            ArgValue::Flag | ArgValue::List(_) => errors.error_at(
                arg.span(),
                format!("expected a closure for `{name}`; write `{name} = |value| …`"),
            ),
        }
    }
    properties
}
