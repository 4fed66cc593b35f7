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
    span::{at, local},
};

/// Expressions, and what has to happen before the body for them.
pub(crate) struct When {
    later: bool,
    kept: Vec<TokenStream>,
}

impl When {
    pub(crate) fn now() -> Self {
        Self {
            later: false,
            kept: Vec::new(),
        }
    }

    pub(crate) fn later() -> Self {
        Self {
            later: true,
            kept: Vec::new(),
        }
    }

    /// The statements that evaluate what is kept.
    pub(crate) fn statements(&self) -> TokenStream {
        self.kept.iter().cloned().collect()
    }

    pub(crate) fn is_now(&self) -> bool {
        !self.later
    }

    /// The value, where it is needed.
    pub(crate) fn value(&mut self, expr: TokenStream) -> TokenStream {
        if !self.later {
            return expr;
        }
        let name = local(&format_ident!("kept{}", self.kept.len()).to_string());
        self.kept.push(quote!(let #name = #expr;));
        quote!(#name)
    }

    /// A function that makes the value, if it is needed.
    pub(crate) fn closure(&mut self, expr: TokenStream) -> TokenStream {
        let value = self.value(expr);
        if self.later {
            quote!(move || #value)
        } else {
            quote!(|| #value)
        }
    }

    /// The conversation that the attribute names, or the ambient one.
    pub(crate) fn chosen(&mut self, cx: &Context, conversation: Option<&Expr>) -> TokenStream {
        let Some(expr) = conversation else {
            let site = &cx.site;
            return quote!(#site.ambient());
        };
        let place = at(expr);
        let traits = cx.traits(place);
        self.value(quote_spanned!(place=> #traits::AsConversation::chosen(&(#expr))))
    }
}
