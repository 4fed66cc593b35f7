//! Parses `properties(sku, quantity = order.quantity)` and `texts(comment)`.

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;

use super::nested::parse_list;
use crate::{
    error::Errors,
    meta::list::{Arg, ArgValue},
};

/// One extra property, which may contain text from the conversation: `sku` or
/// `quantity = order.quantity`.
pub(crate) struct Property {
    pub(crate) name: String,
    pub(crate) value: TokenStream,
    /// The span of the name.
    pub(crate) span: Span,
}

/// Parses `properties(…)`.
pub(super) fn parse(arg: &Arg, errors: &mut Errors) -> Vec<Property> {
    parse_as(arg, "properties(sku, quantity = order.quantity)", errors)
}

/// Parses `texts(…)`.
pub(super) fn parse_texts(arg: &Arg, errors: &mut Errors) -> Vec<Property> {
    parse_as(arg, "texts(comment, note = order.note)", errors)
}

fn parse_as(arg: &Arg, example: &str, errors: &mut Errors) -> Vec<Property> {
    let mut properties: Vec<Property> = Vec::new();
    let args = parse_list(arg, &[], example, errors);
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
            ArgValue::List(_) if name == "skip" => {
                errors.error_at(
                    arg.span(),
                    "only the listed values are sent; remove `skip(…)`",
                );
                continue;
            }
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
