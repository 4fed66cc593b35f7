//! The expression that makes an event from an attribute's arguments.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::{Expr, ExprLit, Lit};

use super::{Context, spans::at};
use crate::args::Property;

/// A text: a literal costs nothing, anything else is displayed.
pub(super) fn text(cx: &Context, expr: Option<&Expr>) -> TokenStream {
    let private = &cx.private;
    match expr {
        Some(Expr::Lit(ExprLit {
            lit: Lit::Str(text),
            ..
        })) => quote!(#private::literal(#text)),
        Some(expr) => {
            let place = at(expr);
            let private = cx.private_at(place);
            quote_spanned!(place=> #private::text(&(#expr)))
        }
        // Its absence has been told.
        None => quote!(#private::literal("")),
    }
}

/// What can be said of any event, as calls after the one that makes it.
pub(super) fn settings(
    cx: &Context,
    role: Option<&Expr>,
    message_id: Option<&Expr>,
    properties: &[Property],
) -> TokenStream {
    let role = role.map(|expr| {
        let value = value(cx, expr);
        quote_spanned!(at(expr)=> .role(#value))
    });
    let message_id = message_id.map(|expr| {
        let value = value(cx, expr);
        quote_spanned!(at(expr)=> .message_id(#value))
    });
    let properties = properties.iter().map(|property| {
        let Property { name, value } = property;
        quote_spanned!(at(value)=> .property(#name, &(#value)))
    });
    quote!(#role #message_id #(#properties)*)
}

/// A value of the user's, who may go on to use it: what is no literal is cloned.
pub(super) fn value(cx: &Context, expr: &Expr) -> TokenStream {
    let private = &cx.private;
    if let Expr::Lit(_) = expr {
        quote!(#expr)
    } else {
        quote!(#private::cloned(&(#expr)))
    }
}
