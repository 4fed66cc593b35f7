//! A function with a body, and what its signature says.

use proc_macro2::{Group, Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::{Attribute, ReturnType, Safety, Signature, Token, Type, Visibility};

use super::{
    body::braced,
    params,
    return_type::{self, ErasedReturnType},
    shape::ReturnShape,
};

/// A function with a body.
pub(crate) struct TrackedFn {
    pub(super) attrs: Vec<Attribute>,
    pub(super) vis: Visibility,
    pub(crate) sig: Signature,
    pub(super) inner_attrs: TokenStream,
    pub(super) body: Group,
}

impl TrackedFn {
    /// The user's block.
    pub(crate) fn body(&self) -> &Group {
        &self.body
    }

    pub(crate) fn is_async(&self) -> bool {
        self.sig.asyncness.is_some()
    }

    /// What a call gives, and after an `.await` in an async function.
    pub(crate) fn return_shape(&self) -> ReturnShape {
        match &self.sig.output {
            ReturnType::Default => ReturnShape::Value,
            ReturnType::Type(_, ty) => ReturnShape::of(ty),
        }
    }

    /// The return type, with `_` for each `impl Trait`.
    pub(crate) fn erased_return_type(&self) -> TokenStream {
        ErasedReturnType(&self.sig.output).to_token_stream()
    }

    /// Where the return type stands, or else the function's name.
    pub(crate) fn return_span(&self) -> Span {
        match &self.sig.output {
            ReturnType::Default => self.sig.ident.span(),
            ReturnType::Type(_, ty) => return_type::start_span(ty),
        }
    }

    /// Whether an `impl Trait` stands in the return type.
    pub(crate) fn returns_impl_trait(&self) -> bool {
        match &self.sig.output {
            ReturnType::Default => false,
            ReturnType::Type(_, ty) => return_type::contains_impl_trait(ty),
        }
    }

    /// Whether the return type says that there is no error: it is no name, which may be that of a
    /// `Result`.
    pub(crate) fn is_infallible(&self) -> bool {
        match &self.sig.output {
            ReturnType::Default => true,
            ReturnType::Type(_, ty) => return_type::is_structural(ty),
        }
    }

    /// Whether the return type is a name that may be another one for a boxed future or stream.
    pub(crate) fn may_return_alias(&self) -> bool {
        match &self.sig.output {
            ReturnType::Type(_, ty) => {
                !self.is_async()
                    && !self.returns_impl_trait()
                    && matches!(self.return_shape(), ReturnShape::Value)
                    && return_type::may_be_alias(ty)
            }
            ReturnType::Default => false,
        }
    }

    /// Whether nothing tells an async function from one that returns a future.
    ///
    /// Another macro that follows may need the `async`; `#[must_use]` is about what is awaited; a
    /// nested `impl Trait` has to be tied to what the body gives.
    pub(crate) fn can_desugar_async(&self) -> bool {
        const INERT: &[&str] = &[
            "allow",
            "cold",
            "deny",
            "deprecated",
            "doc",
            "expect",
            "forbid",
            "inline",
            "warn",
        ];
        if !self.is_async() || self.returns_impl_trait() {
            return false;
        }
        let inert = |attr: &Attribute| {
            let path = attr.path();
            INERT.iter().any(|name| path.is_ident(name))
                || path.segments.first().is_some_and(|first| {
                    path.segments.len() > 1
                        && (first.ident == "rustfmt"
                            || first.ident == "clippy"
                            || first.ident == "diagnostic")
                })
        };
        matches!(self.sig.safety, Safety::Default)
            && self.sig.abi.is_none()
            && self.attrs.iter().all(inert)
    }

    /// The statements that make a closure or block own the parameters, in the order of their drop.
    pub(crate) fn capture_params(&mut self, call_site: &Ident) -> TokenStream {
        params::capture_statements(&mut self.sig, call_site)
    }

    /// Makes an async function one that returns a future. Gives the statements that come first in
    /// its async block.
    pub(crate) fn desugar_async(&mut self, call_site: &Ident) -> TokenStream {
        let moves = params::move_statements(&mut self.sig, call_site);
        let span = self.return_span();
        let output = std::mem::replace(&mut self.sig.output, ReturnType::Default);
        let output = ErasedReturnType(&output);
        self.sig.asyncness = None;
        // The edition of these tokens is this crate's: all lifetimes are captured, as an async
        // function does.
        let hygienic = Span::mixed_site().located_at(span);
        self.sig.output = ReturnType::Type(
            Token![->](hygienic),
            Box::new(Type::Verbatim(
                quote_spanned!(hygienic=> impl ::core::future::Future<Output = #output>),
            )),
        );
        moves
    }

    /// The function with this in place of its block.
    pub(crate) fn with_body(&self, body: TokenStream) -> TokenStream {
        let Self {
            attrs,
            vis,
            sig,
            inner_attrs,
            ..
        } = self;
        let body = if inner_attrs.is_empty() {
            body
        } else {
            quote!(#inner_attrs #body)
        };
        let block = braced(body, &self.body);
        // A future of a future becomes an async block that gives a future.
        let allow_async_yields = matches!(self.return_shape(), ReturnShape::Future { output_shape, .. } if matches!(*output_shape, ReturnShape::Future { .. }))
            .then(|| quote!(#[allow(clippy::async_yields_async)]));
        // The user's braces stand inside ours.
        quote!(#(#attrs)* #[allow(unused_braces)] #allow_async_yields #vis #sig #block)
    }
}
