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

use super::{Context, local, spans::at};

/// Expressions, and what has to happen before the body for them.
pub(super) struct When {
    later: bool,
    kept: Vec<TokenStream>,
}

impl When {
    pub(super) fn now() -> Self {
        Self {
            later: false,
            kept: Vec::new(),
        }
    }

    pub(super) fn later() -> Self {
        Self {
            later: true,
            kept: Vec::new(),
        }
    }

    /// The statements that evaluate what is kept.
    pub(super) fn statements(&self) -> TokenStream {
        self.kept.iter().cloned().collect()
    }

    pub(super) fn is_now(&self) -> bool {
        !self.later
    }

    /// The value, where it is needed.
    pub(super) fn value(&mut self, expr: TokenStream) -> TokenStream {
        if !self.later {
            return expr;
        }
        let name = local(&format_ident!("kept{}", self.kept.len()).to_string());
        self.kept.push(quote!(let #name = #expr;));
        quote!(#name)
    }

    /// A function that makes the value, if it is needed.
    pub(super) fn closure(&mut self, expr: TokenStream) -> TokenStream {
        let value = self.value(expr);
        if self.later {
            quote!(move || #value)
        } else {
            quote!(|| #value)
        }
    }

    /// The conversation that the attribute names, or the ambient one.
    pub(super) fn chosen(&mut self, cx: &Context, conversation: Option<&Expr>) -> TokenStream {
        let Some(expr) = conversation else {
            let site = &cx.site;
            return quote!(#site.ambient());
        };
        let place = at(expr);
        let traits = cx.traits(place);
        self.value(quote_spanned!(place=> #traits::AsConversation::chosen(&(#expr))))
    }
}
