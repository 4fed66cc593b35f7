//! Determines when argument expressions are evaluated. They are always evaluated before the body
//! moves the parameters.
//!
//! In a plain or async function, an expression is evaluated where it is used, in a closure that
//! runs only if there is a conversation. If a function *returns* a future, the tracked call starts
//! when the future is first polled. By then, the body has moved the parameters, so the expressions
//! are evaluated before the body and stored in locals:
//!
//! ```text
//! lazy     send(|| event(expression)); { body }
//! eager    let value0 = event(expression); let future = { body }; async move { send(value0); future.await }
//! ```

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::Expr;

use super::{
    context::Context,
    span::{local, span_of},
};

/// The time at which argument expressions are evaluated, and the statements that must run before
/// the body.
pub(crate) struct ArgEvaluation {
    is_eager: bool,
    bindings: Vec<TokenStream>,
}

impl ArgEvaluation {
    /// Creates an evaluation in which expressions are evaluated where they are used.
    pub(crate) fn lazy() -> Self {
        Self {
            is_eager: false,
            bindings: Vec::new(),
        }
    }

    /// Creates an evaluation in which expressions are evaluated before the body.
    pub(crate) fn eager() -> Self {
        Self {
            is_eager: true,
            bindings: Vec::new(),
        }
    }

    /// Returns the statements that must run before the body.
    pub(crate) fn statements(&self) -> TokenStream {
        self.bindings.iter().cloned().collect()
    }

    /// Returns whether expressions are evaluated where they are used.
    pub(crate) fn is_lazy(&self) -> bool {
        !self.is_eager
    }

    /// Returns an expression for the value of `expr`.
    pub(crate) fn value(&mut self, expr: TokenStream) -> TokenStream {
        if !self.is_eager {
            return expr;
        }
        let name = local(&format_ident!("value{}", self.bindings.len()).to_string());
        self.bindings.push(quote!(let #name = #expr;));
        quote!(#name)
    }

    /// Returns a closure that returns the value of `expr`.
    pub(crate) fn closure(&mut self, expr: TokenStream) -> TokenStream {
        let value = self.value(expr);
        if self.is_eager {
            quote!(move || #value)
        } else {
            quote!(|| #value)
        }
    }

    /// Returns an expression for the `conversation` argument, or for the current conversation.
    pub(crate) fn conversation(
        &mut self,
        cx: &Context,
        conversation: Option<&Expr>,
    ) -> TokenStream {
        let Some(expr) = conversation else {
            let call_site = &cx.call_site;
            return quote!(#call_site.current());
        };
        let span = span_of(expr);
        let arg_traits = cx.arg_traits(span);
        self.value(quote_spanned!(span=> #arg_traits::AsConversation::target(&(#expr))))
    }
}
