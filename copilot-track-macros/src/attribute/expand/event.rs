//! The expression that creates an event from the arguments.

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::{Expr, ExprLit, Lit};

use super::{context::Context, span::span_of};
use crate::{
    attribute::{action_texts::ActionTexts, expanded::SEND_ACTION, parse::properties::Property},
    meta::literal,
};

/// An expression that creates an event.
pub(crate) enum EventExpr {
    /// All arguments are literals. One runtime call can create the event and use it.
    Literal {
        constructor: &'static str,
        arguments: TokenStream,
        /// The values of the arguments that are texts.
        texts: Vec<String>,
        span: Span,
    },
    /// Any other expression.
    Dynamic(TokenStream),
}

impl EventExpr {
    /// Returns the expression for an event that the runtime method `constructor` creates from
    /// `texts`.
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
            // A missing argument has already been reported.
            let text = |text: Option<&Expr>| text.and_then(literal::string_literal);
            let texts = texts.iter().map(|it| text(*it).unwrap_or_default());
            return Self::Literal {
                constructor,
                arguments,
                texts: texts.collect(),
                span,
            };
        }
        let (call_site, make) = (&cx.call_site, Ident::new(constructor, span));
        let texts = texts.iter().map(|expr| text_expr(cx, *expr));
        Self::Dynamic(quote!(#call_site.#make(#(#texts),*) #setters))
    }

    /// Returns a call to the runtime method `{action}_{constructor}`, which both creates and uses
    /// the event. `leading_args` precede the event's own arguments. Returns `None` if an argument
    /// is not a literal.
    pub(crate) fn fused_call(
        &self,
        cx: &Context,
        action: &str,
        leading_args: &TokenStream,
    ) -> Option<TokenStream> {
        let Self::Literal {
            constructor,
            arguments,
            span,
            ..
        } = self
        else {
            return None;
        };
        let (call_site, call) = (
            &cx.call_site,
            Ident::new(&format!("{action}_{constructor}"), *span),
        );
        Some(quote!(#call_site.#call(#leading_args #arguments)))
    }

    /// Returns a call to the runtime function that sends Action Invoked without a static. Returns
    /// `None` if an argument is not a literal.
    pub(crate) fn send_action(&self, cx: &Context, function: &Ident) -> Option<TokenStream> {
        let Self::Literal { texts, span, .. } = self else {
            return None;
        };
        let [r#type, action] = texts.as_slice() else {
            return None;
        };
        let ActionTexts {
            texts,
            name_end,
            type_end,
        } = ActionTexts::new(&function.to_string(), r#type, action);
        let ends = [name_end, type_end].map(Literal::usize_unsuffixed);
        let (private, call) = (&cx.private, Ident::new(SEND_ACTION, *span));
        Some(quote!(#private::#call(#texts, #(#ends),*)))
    }

    /// Returns the expression that creates the event.
    pub(crate) fn into_tokens(self, cx: &Context) -> TokenStream {
        let call_site = &cx.call_site;
        match self {
            Self::Literal {
                constructor,
                arguments,
                span,
                ..
            } => {
                let make = Ident::new(constructor, span);
                quote!(#call_site.#make(#arguments))
            }
            Self::Dynamic(tokens) => tokens,
        }
    }
}

/// Returns the tokens of a string literal, or `None` for any other expression. A missing argument
/// becomes an empty string, because it has already been reported.
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

/// Returns the expression for a text argument. A string literal is used unchanged. Any other
/// expression is converted with `Display`.
fn text_expr(cx: &Context, expr: Option<&Expr>) -> TokenStream {
    if let Some(text) = string_literal(expr) {
        return text;
    }
    let span = expr.map_or_else(Span::call_site, span_of);
    let arg_traits = cx.arg_traits(span);
    quote_spanned!(span=> #arg_traits::IntoText::to_text(&(#expr)))
}

/// Returns the method calls that set the role, the message id, the extra properties, and the extra
/// text.
pub(crate) fn setters(
    cx: &Context,
    role: Option<&Expr>,
    message_id: Option<&Expr>,
    properties: &[Property],
    texts: &[Property],
) -> TokenStream {
    if role.is_none() && message_id.is_none() && properties.is_empty() && texts.is_empty() {
        return TokenStream::new();
    }
    let role = role.map(|expr| {
        let (span, value) = (span_of(expr), cloned_value(expr));
        let arg_traits = cx.arg_traits(span);
        quote_spanned!(span=> .role(#arg_traits::IntoRole::into_role(#value)))
    });
    let message_id = message_id.map(|expr| {
        let (span, value) = (span_of(expr), cloned_value(expr));
        let arg_traits = cx.arg_traits(span);
        quote_spanned!(span=> .message_id(#arg_traits::IntoMessageId::into_message_id(#value)))
    });
    let properties = properties.iter().map(|property| {
        let Property { name, value, .. } = property;
        let span = span_of(value);
        let arg_traits = cx.arg_traits(span);
        quote_spanned!(span=> .property(#name, #arg_traits::IntoProperty::to_json(&(#value))))
    });
    let texts = texts.iter().map(|text| {
        let Property { name, value, .. } = text;
        let span = span_of(value);
        let arg_traits = cx.arg_traits(span);
        quote_spanned!(span=> .text(#name, #arg_traits::PropertyText::property_text(&(#value))))
    });
    quote!(#role #message_id #(#properties)* #(#texts)*)
}

/// Returns a clone of the user's value, so that the body can still use it. A literal is not cloned.
/// The call is a path to `Clone` itself, because the compiler's error about a missing `Clone` would
/// also name a runtime method that has the bound.
pub(crate) fn cloned_value(expr: &Expr) -> TokenStream {
    if let Expr::Lit(_) = expr {
        return quote!(#expr);
    }
    let span = span_of(expr);
    quote_spanned!(span=> ::core::clone::Clone::clone(&(#expr)))
}
