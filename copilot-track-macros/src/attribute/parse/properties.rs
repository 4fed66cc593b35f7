//! `properties(…)`.

use proc_macro2::TokenStream;
use quote::ToTokens;

use super::nested::inner;
use crate::{
    attribute::kind::Macro,
    error::Errors,
    meta::list::{Arg, Value},
    reserved::reserved_property,
};

/// One extra property: `sku`, or `qty = order.qty`.
pub(crate) struct Property {
    pub(crate) name: String,
    pub(crate) value: TokenStream,
}

pub(super) fn parse(arg: &Arg, which: Macro, errors: &mut Errors) -> Vec<Property> {
    let mut properties: Vec<Property> = Vec::new();
    let args = inner(
        arg,
        "name",
        "properties(sku, quantity = order.quantity)",
        errors,
    );
    for arg in args.into_iter().flatten() {
        let name = arg.name();
        if let Some(why) = reserved_property(&name) {
            errors.at(arg.span(), format!("`{name}` is already there: {why}"));
            continue;
        }
        if which.own_properties().contains(&name.as_str()) {
            let own = if name == "message_body" {
                "body"
            } else {
                &name
            };
            errors.at(
                arg.span(),
                format!("the event has `{name}` of its own: say it with `{own} = …`"),
            );
            continue;
        }
        if properties.iter().any(|other| other.name == name) {
            errors.at(arg.span(), format!("property `{name}` is given twice"));
            continue;
        }
        let value = match &arg.value {
            Value::Flag => arg.key.to_token_stream(),
            Value::Expr(expr) => expr.to_token_stream(),
            Value::Broken => continue,
            Value::List(_) => {
                errors.at(arg.span(), "name the property: write `name = expression`");
                continue;
            }
        };
        properties.push(Property { name, value });
    }
    properties
}
