//! An annotated function, and the properties that follow from its signature.

use proc_macro2::{Group, Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::{Attribute, ReturnType, Safety, Signature, Token, Type, Visibility};

use super::{
    attrs::is_inert_attr,
    body::braced,
    control_flow::may_await,
    params::{self, ClosureParams, Outside},
    return_type::{self, ErasedReturnType},
    shape::ReturnShape,
};

/// An annotated function with a body.
pub(crate) struct TrackedFn {
    pub(super) attrs: Vec<Attribute>,
    pub(super) vis: Visibility,
    pub(crate) sig: Signature,
    pub(super) inner_attrs: TokenStream,
    /// The span of the braces that the user wrote.
    pub(super) braces: Span,
    pub(super) body: Group,
}

impl TrackedFn {
    /// Returns the attributes below the one that is being expanded.
    pub(crate) fn attrs(&self) -> &[Attribute] {
        &self.attrs
    }

    /// Returns the function with other attributes.
    pub(crate) fn with_attrs(&self, attrs: &TokenStream) -> TokenStream {
        let Self {
            vis,
            sig,
            inner_attrs,
            braces,
            body,
            ..
        } = self;
        let contents = body.stream();
        let block = braced(quote!(#inner_attrs #contents), *braces);
        quote!(#attrs #vis #sig #block)
    }

    /// Returns the block that the user wrote.
    pub(crate) fn body(&self) -> &Group {
        &self.body
    }

    /// Returns the span of the last token of the body.
    pub(crate) fn body_end(&self) -> Span {
        let last = self.body.stream().into_iter().last();
        last.map_or_else(|| self.body.span(), |token| token.span())
    }

    /// Returns whether the function is an `async fn`.
    pub(crate) fn is_async(&self) -> bool {
        self.sig.asyncness.is_some()
    }

    /// Returns whether the function is an `async fn` whose body may contain an `await`. Without an
    /// `await`, the function runs like a sync function when its future is polled.
    pub(crate) fn may_suspend(&self) -> bool {
        self.is_async() && may_await(self.body.stream())
    }

    /// Returns whether the return type is a type of std that is neither a future nor a stream and
    /// contains none. For an `async fn`, this is the type of its output.
    pub(crate) fn certainly_returns_value(&self) -> bool {
        match &self.sig.output {
            ReturnType::Default => true,
            ReturnType::Type(_, ty) => return_type::is_text_or_number(ty),
        }
    }

    /// Returns the kind of the return type. For an `async fn`, this is the kind of its output.
    pub(crate) fn return_shape(&self) -> ReturnShape {
        match &self.sig.output {
            ReturnType::Default => ReturnShape::Value,
            ReturnType::Type(_, ty) => ReturnShape::of(ty),
        }
    }

    /// Returns the return type with `_` in place of each `impl Trait`.
    pub(crate) fn erased_return_type(&self) -> TokenStream {
        ErasedReturnType(&self.sig.output).to_token_stream()
    }

    /// Returns the span of the return type, or of the function's name if there is none.
    pub(crate) fn return_span(&self) -> Span {
        match &self.sig.output {
            ReturnType::Default => self.sig.ident.span(),
            ReturnType::Type(_, ty) => return_type::start_span(ty),
        }
    }

    /// Returns whether the return type contains an `impl Trait`.
    pub(crate) fn returns_impl_trait(&self) -> bool {
        match &self.sig.output {
            ReturnType::Default => false,
            ReturnType::Type(_, ty) => return_type::contains_impl_trait(ty),
        }
    }

    /// Returns whether the return type is not a path and therefore cannot be a `Result`.
    pub(crate) fn is_infallible(&self) -> bool {
        match &self.sig.output {
            ReturnType::Default => true,
            ReturnType::Type(_, ty) => return_type::is_structural(ty),
        }
    }

    /// Returns whether the `async fn` can become a function that returns a future, with no change
    /// that callers can see.
    ///
    /// It cannot in the following cases:
    ///
    /// - The function is unsafe or has an `extern` ABI.
    /// - Another attribute may need the `async` keyword.
    /// - The function is `#[must_use]`, because this attribute applies to the awaited value.
    /// - The return type contains an `impl Trait`, because the body determines the type behind it.
    /// - Clippy would take the function for a method of a standard trait.
    pub(crate) fn can_desugar_async(&self) -> bool {
        if !self.is_async() || self.returns_impl_trait() {
            return false;
        }
        matches!(self.sig.safety, Safety::Default)
            && self.sig.abi.is_none()
            && self.attrs.iter().all(is_inert_attr)
            && !is_method_of_std(&self.sig.ident.to_string())
    }

    /// Returns whether the function may be `#[track_caller]`. Another attribute may expand to it.
    pub(crate) fn may_track_caller(&self) -> bool {
        self.inherits_track_caller() || !self.attrs.iter().all(is_inert_attr)
    }

    /// Returns how a closure that contains the body takes over the parameters. `outside` are the
    /// other tokens of the function that may use the parameters.
    pub(crate) fn closure_params(
        &mut self,
        outside: &TokenStream,
        call_site: &Ident,
    ) -> ClosureParams {
        let outside = Outside {
            tokens: outside,
            attrs: &self.attrs,
        };
        params::closure_params(&mut self.sig, &outside, &self.body.stream(), call_site)
    }

    /// Returns the statements with which an async block starts that contains the body. `outside`
    /// are the other tokens of the function that may use the parameters.
    pub(crate) fn async_block_params(
        &mut self,
        outside: &TokenStream,
        call_site: &Ident,
    ) -> TokenStream {
        let outside = Outside {
            tokens: outside,
            attrs: &self.attrs,
        };
        params::async_block_params(&mut self.sig, &outside, &self.body.stream(), call_site)
    }

    /// Turns the `async fn` into a function that returns `impl Future`. Returns the statements that
    /// its async block must start with.
    pub(crate) fn desugar_async(&mut self, call_site: &Ident) -> TokenStream {
        let moves = self.async_block_params(&TokenStream::new(), call_site);
        let span = self.return_span();
        let output = std::mem::replace(&mut self.sig.output, ReturnType::Default);
        let output = ErasedReturnType(&output);
        self.sig.asyncness = None;
        // These tokens use this crate's edition (2024). In this edition, `impl Trait` captures all
        // lifetimes, as the future of an `async fn` does.
        let hygienic = Span::mixed_site().located_at(span);
        self.sig.output = ReturnType::Type(
            Token![->](hygienic),
            Box::new(Type::Verbatim(
                quote_spanned!(hygienic=> impl ::core::future::Future<Output = #output>),
            )),
        );
        moves
    }

    /// Returns the function with its body replaced by `body`.
    pub(crate) fn with_body(&self, body: TokenStream) -> TokenStream {
        let Self {
            attrs,
            vis,
            sig,
            inner_attrs,
            braces,
            ..
        } = self;
        let body = if inner_attrs.is_empty() {
            body
        } else {
            quote!(#inner_attrs #body)
        };
        let block = braced(body, *braces);
        // If the future's output is itself a future, the new async block yields a future.
        let yields_future = match self.return_shape() {
            ReturnShape::Future { output_shape, .. } => {
                self.is_async() || matches!(*output_shape, ReturnShape::Future { .. })
            }
            _ => false,
        };
        let allow_async_yields =
            yields_future.then(|| quote!(#[allow(clippy::async_yields_async)]));
        // The user's block is nested inside the new one.
        quote!(#(#attrs)* #allow_async_yields #vis #sig #block)
    }
}

/// Returns whether clippy's `should_implement_trait` reports a method with this name that returns
/// some type. The lint ignores async methods.
fn is_method_of_std(name: &str) -> bool {
    const METHODS: &[&str] = &[
        "add",
        "bitand",
        "bitor",
        "bitxor",
        "clone",
        "cmp",
        "default",
        "div",
        "from_iter",
        "from_str",
        "into_iter",
        "mul",
        "neg",
        "next",
        "not",
        "rem",
        "shl",
        "shr",
        "sub",
    ];
    METHODS.contains(&name)
}
