//! When the expressions of an attribute's arguments are evaluated: always before the body takes the
//! arguments.
//!
//! In a plain or an async function that moment is the call itself, so an expression becomes a
//! closure that runs only if there is a conversation. A function that *returns* a future is called
//! when that is first polled; by then the body has taken the arguments, so the expressions are
//! evaluated beforehand and kept.

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::Expr;

use super::{
    context::Context,
    span::{local, span_of},
};

/// Expressions, and what has to happen before the body for them.
pub(crate) struct ArgEvaluation {
    is_eager: bool,
    bindings: Vec<TokenStream>,
}

impl ArgEvaluation {
    pub(crate) fn lazy() -> Self {
        Self {
            is_eager: false,
            bindings: Vec::new(),
        }
    }

    pub(crate) fn eager() -> Self {
        Self {
            is_eager: true,
            bindings: Vec::new(),
        }
    }

    /// The statements that evaluate what is kept.
    pub(crate) fn statements(&self) -> TokenStream {
        self.bindings.iter().cloned().collect()
    }

    pub(crate) fn is_lazy(&self) -> bool {
        !self.is_eager
    }

    /// The value, where it is needed.
    pub(crate) fn value(&mut self, expr: TokenStream) -> TokenStream {
        if !self.is_eager {
            return expr;
        }
        let name = local(&format_ident!("value{}", self.bindings.len()).to_string());
        self.bindings.push(quote!(let #name = #expr;));
        quote!(#name)
    }

    /// A function that makes the value, if it is needed.
    pub(crate) fn closure(&mut self, expr: TokenStream) -> TokenStream {
        let value = self.value(expr);
        if self.is_eager {
            quote!(move || #value)
        } else {
            quote!(|| #value)
        }
    }

    /// The conversation that the attribute names, or the ambient one.
    pub(crate) fn conversation(
        &mut self,
        cx: &Context,
        conversation: Option<&Expr>,
    ) -> TokenStream {
        let Some(expr) = conversation else {
            let call_site = &cx.call_site;
            return quote!(#call_site.ambient());
        };
        let span = span_of(expr);
        let arg_traits = cx.arg_traits(span);
        self.value(quote_spanned!(span=> #arg_traits::AsConversation::chosen(&(#expr))))
    }
}
