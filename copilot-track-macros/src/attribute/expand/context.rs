//! Paths to the library, and the static item that every expansion contains.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, TokenStreamExt, quote, quote_spanned};
use syn::{Path, Token, spanned::Spanned as _};

use super::span::{local, relocate, span_of};
use crate::{
    attribute::{expanded::CALL_SITE, kind::AttributeKind, parse::args::Args},
    function::tracked_fn::TrackedFn,
};

/// The parts that all expansions share.
pub(crate) struct Context {
    /// The `__private` module of the library, which contains the runtime of expansions.
    pub(crate) private: LibraryModule,
    /// The name of the static that represents this use of the attribute. Most runtime functions are
    /// its methods, because the compiler resolves a method faster than a path into another crate.
    pub(crate) call_site: Ident,
    /// Statements that check the kind of the return type, if the kind is detected at compile time.
    pub(crate) kind_checks: Option<TokenStream>,
    /// Statements that check that no part of the return value is a future.
    part_checks: TokenStream,
}

impl Context {
    /// Creates the context for one use of an attribute.
    pub(crate) fn new(kind: AttributeKind, args: &Args, function: &TrackedFn) -> Self {
        let private = LibraryModule {
            crate_path: args.crate_path.clone(),
            name: "__private",
            span: Span::call_site(),
        };
        let has_future_flag = args.future.is_some();
        // If the event is sent when the function is called, any future is accepted.
        let is_sent_at_call = kind == AttributeKind::Tool
            && args.record.is_none()
            && args.media.is_none()
            && args.result.is_empty();
        let detects_future =
            args.stream.is_none() && function.may_return_hidden_future(has_future_flag);
        let kind_checks = detects_future.then(|| {
            let arg_traits = private.arg_traits(Span::call_site());
            let of_kind = local("kind");
            let check = if has_future_flag {
                Some(quote!(#arg_traits::FutureReturn::accept(&#of_kind);))
            } else if is_sent_at_call {
                None
            } else {
                Some(quote!(#arg_traits::TrackedReturn::accept(&#of_kind);))
            };
            // Without `body`, a stream causes the error about missing text, which also mentions
            // streams.
            let also = if kind.is_reply() {
                let has_body = args.body.is_some();
                has_body.then(|| quote!(#arg_traits::WholeReply::accept(&#of_kind);))
            } else {
                let has_result = !args.result.is_empty();
                has_result.then(|| quote!(#arg_traits::WholeResult::accept(&#of_kind);))
            };
            relocate(quote!(#check #also), function.return_span())
        });
        let parts = if is_sent_at_call {
            Vec::new()
        } else {
            function.parts_that_may_be_futures()
        };
        let part_checks = parts.into_iter().map(|part| {
            let arg_traits = private.arg_traits(Span::call_site());
            let check = quote!(#arg_traits::ReturnedPart::accept);
            let (check, span) = (relocate(check, part.span()), span_of(part));
            let site = Ident::new("COPILOT_TRACK_SITE", span);
            quote_spanned!(span=> #check(&#site.returned::<#part>().kind());)
        });
        Self {
            part_checks: part_checks.collect(),
            private,
            kind_checks,
            // Items are not hygienic, so the name must be unique.
            call_site: Ident::new(CALL_SITE, Span::call_site()),
        }
    }

    /// Returns the name of the static for method calls whose errors are shown at `span`.
    pub(crate) fn call_site_at(&self, span: Span) -> Ident {
        let mut call_site = self.call_site.clone();
        call_site.set_span(call_site.span().located_at(span));
        call_site
    }

    /// Returns the module of the traits that arguments must implement; see
    /// [`LibraryModule::arg_traits`].
    pub(crate) fn arg_traits(&self, span: Span) -> LibraryModule {
        self.private.arg_traits(span)
    }

    /// Returns the static item. It contains the function's name, which warnings use.
    pub(crate) fn call_site_item(&self, function: &TrackedFn) -> TokenStream {
        let Self {
            private,
            call_site,
            part_checks,
            ..
        } = self;
        let name = function.sig.ident.to_string();
        quote!(static #call_site: #private::CallSite = #private::CallSite::new(#name); #part_checks)
    }
}

/// A path to a module of the library.
pub(crate) struct LibraryModule {
    /// The path to the library, if it is not `::copilot_track`.
    crate_path: Option<Path>,
    name: &'static str,
    span: Span,
}

impl LibraryModule {
    /// Returns the module of the traits that arguments must implement. Expansions call the methods
    /// of these traits by path. The compiler then reports an unsuitable argument at `span`, and the
    /// error names only the trait. If a runtime method had the trait as a bound, the error would
    /// also name this method.
    pub(crate) fn arg_traits(&self, span: Span) -> Self {
        Self {
            crate_path: self.crate_path.clone(),
            name: "args",
            span,
        }
    }
}

impl ToTokens for LibraryModule {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let colons = Token![::](self.span);
        let ident = |name| Ident::new(name, self.span);
        if let Some(path) = &self.crate_path {
            path.to_tokens(tokens);
        } else {
            colons.to_tokens(tokens);
            tokens.append(ident("copilot_track"));
        }
        colons.to_tokens(tokens);
        tokens.append(ident(self.name));
    }
}
