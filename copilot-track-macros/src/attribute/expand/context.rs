//! Paths to the library, the static item that most expansions contain, and the checks of the
//! return type.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, TokenStreamExt, quote};
use syn::{Path, Token};

use crate::attribute::{
    expanded::{CALL_SITE, PRIVATE},
    parse::args::Args,
};

/// The parts that all expansions share.
pub(crate) struct Context {
    /// The `__private` module of the library, which contains the runtime of expansions.
    pub(crate) private: LibraryModule,
    /// The name of the static that represents this use of the attribute. Most runtime functions are
    /// its methods, because the compiler resolves a method faster than a path into another crate.
    pub(crate) call_site: Ident,
    pub(crate) checks: ReturnChecks,
}

/// Checks of the returned value, which the compiler makes.
#[derive(Default)]
pub(crate) struct ReturnChecks {
    /// Statements that check the kind of the return type, if the kind is detected at compile time.
    pub(crate) kind: Option<TokenStream>,
    /// Statements that check the types that the return type names.
    pub(crate) parts: TokenStream,
    /// Statements that check the output, if its type is known only in the body.
    pub(crate) output: Option<TokenStream>,
}

impl Context {
    /// Creates the context for one use of an attribute, without checks.
    pub(crate) fn new(args: &Args) -> Self {
        Self {
            private: LibraryModule {
                crate_path: args.crate_path.clone(),
                name: PRIVATE,
                span: Span::call_site(),
            },
            // Items are not hygienic, so the name must be unique.
            call_site: Ident::new(CALL_SITE, Span::call_site()),
            checks: ReturnChecks::default(),
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
    pub(crate) fn call_site_item(&self, function: &Ident) -> TokenStream {
        let Self {
            private,
            call_site,
            checks,
        } = self;
        let part_checks = &checks.parts;
        let name = function.to_string();
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
