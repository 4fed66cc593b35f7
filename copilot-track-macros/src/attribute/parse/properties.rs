//! Parses `properties(sku, quantity = order.quantity)`.

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;

use super::nested::parse_list;
use crate::{
    error::Errors,
    meta::list::{Arg, ArgValue},
};

/// One extra property: `sku` or `quantity = order.quantity`.
pub(crate) struct Property {
    pub(crate) name: String,
    pub(crate) value: TokenStream,
    /// The span of the name.
    pub(crate) span: Span,
}

/// Parses `properties(…)`.
pub(super) fn parse(arg: &Arg, errors: &mut Errors) -> Vec<Property> {
    let mut properties: Vec<Property> = Vec::new();
    let args = parse_list(
        arg,
        &[],
        "properties(sku, quantity = order.quantity)",
        errors,
    );
    for arg in args.into_iter().flatten() {
        let name = arg.name();
        if properties.iter().any(|other| other.name == name) {
            errors.error_at(arg.span(), format!("duplicate property `{name}`"));
            continue;
        }
        let value = match &arg.value {
            ArgValue::Flag => arg.key.to_token_stream(),
            ArgValue::Expr(expr) => expr.to_token_stream(),
            ArgValue::Invalid => continue,
            ArgValue::List(_) => {
                errors.error_at(
                    arg.span(),
                    format!("expected `=` after `{name}`; write `{name} = expression`"),
                );
                continue;
            }
        };
        properties.push(Property {
            name,
            value,
            span: arg.span(),
        });
    }
    properties
}
