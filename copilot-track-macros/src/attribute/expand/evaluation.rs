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

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::Expr;

use super::{
    context::Context,
    span::{local, span_of},
};
use crate::attribute::parse::args::Args;

/// The time at which argument expressions are evaluated, and the statements that must run before
/// the body.
pub(crate) struct ArgEvaluation {
    time: EvaluationTime,
    bindings: Vec<TokenStream>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum EvaluationTime {
    /// An expression is evaluated where it is used.
    Lazy,
    /// An expression is evaluated before the body.
    Eager,
    /// Lazy or eager, depending on the kind of the return type, which the compiler detects.
    OfKind,
}

impl ArgEvaluation {
    /// Creates an evaluation in which expressions are evaluated where they are used.
    pub(crate) fn lazy() -> Self {
        Self::new(EvaluationTime::Lazy)
    }

    /// Creates an evaluation in which expressions are evaluated before the body.
    pub(crate) fn eager() -> Self {
        Self::new(EvaluationTime::Eager)
    }

    /// Creates an evaluation in which [`kind_ident`] determines when expressions are evaluated.
    pub(crate) fn of_kind() -> Self {
        Self::new(EvaluationTime::OfKind)
    }

    fn new(time: EvaluationTime) -> Self {
        Self {
            time,
            bindings: Vec::new(),
        }
    }

    /// Returns the statements that must run before the body.
    pub(crate) fn statements(&self) -> TokenStream {
        self.bindings.iter().cloned().collect()
    }

    /// Returns whether expressions are evaluated where they are used.
    pub(crate) fn is_lazy(&self) -> bool {
        self.time == EvaluationTime::Lazy
    }

    /// Returns an expression for the value of `expr`. A panic in `expr` is contained.
    pub(crate) fn value(&mut self, cx: &Context, expr: &TokenStream) -> TokenStream {
        let call_site = &cx.call_site;
        self.bind(quote!(#call_site.evaluate(|| #expr)))
    }

    /// Returns an expression for the value of `expr`. Evaluating `expr` must not panic.
    pub(crate) fn bind(&mut self, expr: TokenStream) -> TokenStream {
        let name = local(&format_ident!("value{}", self.bindings.len()).to_string());
        match self.time {
            EvaluationTime::Lazy => expr,
            EvaluationTime::Eager => {
                self.bindings.push(quote!(let #name = #expr;));
                quote!(#name)
            }
            EvaluationTime::OfKind => {
                let kind = kind_ident();
                self.bindings
                    .push(quote!(let #name = #kind.prepare(|| #expr);));
                quote!(#name.get())
            }
        }
    }

    /// Returns a closure that returns the value of `expr`.
    /// A panic in `expr` is contained, here or by the runtime function that calls the closure.
    pub(crate) fn closure(&mut self, cx: &Context, expr: &TokenStream) -> TokenStream {
        if self.is_lazy() {
            return quote!(|| #expr);
        }
        let value = self.value(cx, expr);
        quote!(move || #value)
    }

    /// Returns an expression for the conversation and the condition of the call; see [`target`].
    /// This method must be called once, because each call evaluates the arguments again.
    pub(crate) fn conversation(&mut self, cx: &Context, args: &Args) -> TokenStream {
        let target = target(cx, args);
        match &args.conversation {
            None if args.when.is_none() => target,
            Some(expr) if !is_place(expr) => self.value(cx, &target),
            _ => self.bind(target),
        }
    }
}

/// Returns an expression for the `conversation` argument, or for the current conversation, with the
/// condition of the `when` argument. A panic in the condition is contained.
pub(crate) fn target(cx: &Context, args: &Args) -> TokenStream {
    let target = args.conversation.as_ref().map_or_else(
        || {
            let call_site = &cx.call_site;
            quote!(#call_site.current())
        },
        |expr| {
            let span = span_of(expr);
            let arg_traits = cx.arg_traits(span);
            quote_spanned!(span=> #arg_traits::AsConversation::target(&(#expr)))
        },
    );
    match condition(cx, args) {
        Some(condition) => quote!(#target.when(#condition)),
        None => target,
    }
}

/// Returns an expression for the condition of the `when` argument.
fn condition(cx: &Context, args: &Args) -> Option<TokenStream> {
    let when = args.when.as_ref()?;
    let span = span_of(when);
    let call_site = cx.call_site_at(span);
    Some(quote_spanned!(span=> #call_site.condition(|| #when)))
}

/// Returns whether evaluating an expression only reads a variable or a field.
fn is_place(expr: &Expr) -> bool {
    match expr {
        Expr::Path(_) => true,
        Expr::Field(field) => is_place(&field.base),
        Expr::Reference(reference) => is_place(&reference.expr),
        _ => false,
    }
}

/// Returns the local variable that holds the kind of the return type.
pub(crate) fn kind_ident() -> Ident {
    local("kind")
}
