//! The expression that makes an event from an attribute's arguments.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::{Expr, ExprLit, Lit};

use super::{context::Context, span::span_of};
use crate::attribute::parse::properties::Property;

/// An event of an attribute.
pub(crate) enum EventExpr {
    /// Of literals alone: there is nothing to evaluate, so one call does all that is done with it.
    Literal {
        constructor: &'static str,
        arguments: TokenStream,
        span: Span,
    },
    /// An expression that makes it.
    Dynamic(TokenStream),
}

impl EventExpr {
    /// An event of this kind, with these texts.
    pub(crate) fn from_texts(
        cx: &Context,
        constructor: &'static str,
        texts: &[Option<&Expr>],
        setters: &TokenStream,
    ) -> Self {
        let span = Span::call_site();
        if setters.is_empty() && texts.iter().all(|text| string_literal(*text).is_some()) {
            let arguments = texts.iter().map(|text| string_literal(*text));
            let arguments = quote!(#(#arguments),*);
            return Self::Literal {
                constructor,
                arguments,
                span,
            };
        }
        let (call_site, make) = (&cx.call_site, Ident::new(constructor, span));
        let texts = texts.iter().map(|expr| text_expr(cx, *expr));
        Self::Dynamic(quote!(#call_site.#make(#(#texts),*) #setters))
    }

    /// The call `SITE.{what}_{kind}(…)`, which does something with the event, if it needs no more
    /// than that.
    pub(crate) fn fused_call(
        &self,
        cx: &Context,
        action: &str,
        facts: &TokenStream,
    ) -> Option<TokenStream> {
        let Self::Literal {
            constructor,
            arguments,
            span,
        } = self
        else {
            return None;
        };
        let (call_site, call) = (
            &cx.call_site,
            Ident::new(&format!("{action}_{constructor}"), *span),
        );
        Some(quote!(#call_site.#call(#facts #arguments)))
    }

    /// The expression that makes it.
    pub(crate) fn into_tokens(self, cx: &Context) -> TokenStream {
        let call_site = &cx.call_site;
        match self {
            Self::Literal {
                constructor,
                arguments,
                span,
            } => {
                let make = Ident::new(constructor, span);
                quote!(#call_site.#make(#arguments))
            }
            Self::Dynamic(tokens) => tokens,
        }
    }
}

/// A literal text. One that is missing has been told of.
fn string_literal(expr: Option<&Expr>) -> Option<TokenStream> {
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
fn text_expr(cx: &Context, expr: Option<&Expr>) -> TokenStream {
    if let Some(text) = string_literal(expr) {
        return text;
    }
    let span = expr.map_or_else(Span::call_site, span_of);
    let arg_traits = cx.arg_traits(span);
    quote_spanned!(span=> #arg_traits::IntoText::to_text(&(#expr)))
}

/// What can be said of any event, as calls after the one that makes it.
pub(crate) fn setters(
    cx: &Context,
    role: Option<&Expr>,
    message_id: Option<&Expr>,
    properties: &[Property],
) -> TokenStream {
    if role.is_none() && message_id.is_none() && properties.is_empty() {
        return TokenStream::new();
    }
    let role = role.map(|expr| {
        let (span, value) = (span_of(expr), cloned_value(cx, expr));
        let arg_traits = cx.arg_traits(span);
        quote_spanned!(span=> .role(#arg_traits::IntoRole::into_role(#value)))
    });
    let message_id = message_id.map(|expr| {
        let (span, value) = (span_of(expr), cloned_value(cx, expr));
        let arg_traits = cx.arg_traits(span);
        quote_spanned!(span=> .message_id(#arg_traits::IntoMessageId::into_message_id(#value)))
    });
    let properties = properties.iter().map(|property| {
        let Property { name, value, .. } = property;
        let span = span_of(value);
        let arg_traits = cx.arg_traits(span);
        quote_spanned!(span=> .property(#name, #arg_traits::IntoProperty::to_json(&(#value))))
    });
    quote!(#role #message_id #(#properties)*)
}

/// A value of the user's, who may go on to use it: what is no literal is cloned.
pub(crate) fn cloned_value(cx: &Context, expr: &Expr) -> TokenStream {
    if let Expr::Lit(_) = expr {
        return quote!(#expr);
    }
    let span = span_of(expr);
    let call_site = cx.call_site_at(span);
    quote_spanned!(span=> #call_site.cloned(&(#expr)))
}
