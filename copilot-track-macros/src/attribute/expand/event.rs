//! The expression that makes an event from an attribute's arguments.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::{Expr, ExprLit, Lit};

use super::{context::Context, span::at};
use crate::attribute::parse::properties::Property;

/// An event of an attribute.
pub(crate) enum Draft {
    /// Of literals alone: there is nothing to evaluate, so one call does all that is done with it.
    Plain {
        kind: &'static str,
        literals: TokenStream,
        place: Span,
    },
    /// An expression that makes it.
    Made(TokenStream),
}

impl Draft {
    /// An event of this kind, with these texts.
    pub(crate) fn of_texts(
        cx: &Context,
        kind: &'static str,
        texts: &[Option<&Expr>],
        settings: &TokenStream,
    ) -> Self {
        let place = Span::call_site();
        if settings.is_empty() && texts.iter().all(|text| literal(*text).is_some()) {
            let literals = texts.iter().map(|text| literal(*text));
            let literals = quote!(#(#literals),*);
            return Self::Plain {
                kind,
                literals,
                place,
            };
        }
        let (site, make) = (&cx.site, Ident::new(kind, place));
        let texts = texts.iter().map(|expr| text(cx, *expr));
        Self::Made(quote!(#site.#make(#(#texts),*) #settings))
    }

    /// The call `SITE.{what}_{kind}(…)`, which does something with the event, if it needs no more
    /// than that.
    pub(crate) fn at_once(
        &self,
        cx: &Context,
        what: &str,
        facts: &TokenStream,
    ) -> Option<TokenStream> {
        let Self::Plain {
            kind,
            literals,
            place,
        } = self
        else {
            return None;
        };
        let (site, call) = (&cx.site, Ident::new(&format!("{what}_{kind}"), *place));
        Some(quote!(#site.#call(#facts #literals)))
    }

    /// The expression that makes it.
    pub(crate) fn made(self, cx: &Context) -> TokenStream {
        let site = &cx.site;
        match self {
            Self::Plain {
                kind,
                literals,
                place,
            } => {
                let make = Ident::new(kind, place);
                quote!(#site.#make(#literals))
            }
            Self::Made(made) => made,
        }
    }
}

/// A literal text. One that is missing has been told of.
fn literal(expr: Option<&Expr>) -> Option<TokenStream> {
    match expr {
        None => Some(quote!("")),
        Some(Expr::Lit(ExprLit {
            lit: Lit::Str(text),
            ..
        })) => Some(quote!(#text)),
        Some(_) => None,
    }
}

/// A text: a literal costs nothing, anything else is displayed.
fn text(cx: &Context, expr: Option<&Expr>) -> TokenStream {
    if let Some(text) = literal(expr) {
        return text;
    }
    let place = expr.map_or_else(Span::call_site, at);
    let traits = cx.traits(place);
    quote_spanned!(place=> #traits::IntoText::to_text(&(#expr)))
}

/// What can be said of any event, as calls after the one that makes it.
pub(crate) fn settings(
    cx: &Context,
    role: Option<&Expr>,
    message_id: Option<&Expr>,
    properties: &[Property],
) -> TokenStream {
    if role.is_none() && message_id.is_none() && properties.is_empty() {
        return TokenStream::new();
    }
    let role = role.map(|expr| {
        let (place, value) = (at(expr), value(cx, expr));
        let traits = cx.traits(place);
        quote_spanned!(place=> .role(#traits::IntoRole::into_role(#value)))
    });
    let message_id = message_id.map(|expr| {
        let (place, value) = (at(expr), value(cx, expr));
        let traits = cx.traits(place);
        quote_spanned!(place=> .message_id(#traits::IntoMessageId::into_message_id(#value)))
    });
    let properties = properties.iter().map(|property| {
        let Property { name, value, .. } = property;
        let place = at(value);
        let traits = cx.traits(place);
        quote_spanned!(place=> .property(#name, #traits::IntoProperty::to_json(&(#value))))
    });
    quote!(#role #message_id #(#properties)*)
}

/// A value of the user's, who may go on to use it: what is no literal is cloned.
pub(crate) fn value(cx: &Context, expr: &Expr) -> TokenStream {
    if let Expr::Lit(_) = expr {
        return quote!(#expr);
    }
    let place = at(expr);
    let site = cx.site_at(place);
    quote_spanned!(place=> #site.cloned(&(#expr)))
}
