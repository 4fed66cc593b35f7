//! What all expansions share.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, TokenStreamExt, quote};
use syn::{Path, Token};

use super::span::relocate;
use crate::{
    attribute::{kind::AttributeKind, parse::args::Args},
    function::tracked_fn::TrackedFn,
};

/// What all expansions share.
pub(crate) struct Context {
    /// Where the runtime's part of the expansion is.
    pub(crate) private: LibraryModule,
    /// The static that stands for the place of the use. Whatever can be is a method of it: a method
    /// is found faster than a path from another crate, and an import would be an item more.
    pub(crate) call_site: Ident,
    /// A check that the compiler makes of the return type.
    alias_check: TokenStream,
}

impl Context {
    pub(crate) fn new(kind: AttributeKind, args: &Args, function: &TrackedFn) -> Self {
        let private = LibraryModule {
            crate_path: args.crate_path.clone(),
            name: "__private",
            span: Span::call_site(),
        };
        // A reply's text is looked for in the value anyway, and the error about that says the same.
        let is_declared = args.future.is_some()
            || args.stream.is_some()
            || (kind == AttributeKind::Reply && args.body.is_none());
        let alias_check = if is_declared || !function.may_return_alias() {
            TokenStream::new()
        } else {
            let output = function.erased_return_type();
            let arg_traits = private.arg_traits(Span::call_site());
            let also = (kind == AttributeKind::Reply).then(
                || quote!(#arg_traits::WholeReply::accept(#private::returns::<#output>().kind());),
            );
            let check = quote!(#arg_traits::PlainValue::accept(#private::returns::<#output>().kind()); #also);
            relocate(check, function.return_span())
        };
        Self {
            private,
            alias_check,
            // An item, so it is not hygienic; a name that nobody else has.
            call_site: Ident::new("COPILOT_TRACK_SITE", Span::call_site()),
        }
    }

    /// The site, for calls whose errors are shown at `place`.
    pub(crate) fn call_site_at(&self, span: Span) -> Ident {
        let mut call_site = self.call_site.clone();
        call_site.set_span(call_site.span().located_at(span));
        call_site
    }

    /// See [`Module::traits`].
    pub(crate) fn arg_traits(&self, span: Span) -> LibraryModule {
        self.private.arg_traits(span)
    }

    /// The place of this use: it names the function where something is to be warned of.
    pub(crate) fn call_site_item(&self, function: &TrackedFn) -> TokenStream {
        let Self {
            private,
            call_site,
            alias_check,
        } = self;
        let name = function.sig.ident.to_string();
        let alias_check = (!alias_check.is_empty()).then_some(alias_check);
        quote!(static #call_site: #private::Site = #private::Site::new(#name); #alias_check)
    }
}

/// A module of the library.
pub(crate) struct LibraryModule {
    /// Where the library is, if not under its usual name.
    crate_path: Option<Path>,
    name: &'static str,
    span: Span,
}

impl LibraryModule {
    /// Where the traits are that say what an argument may be. To call one by its path tells what is
    /// wrong at `place`, and names the trait; a method of ours with the trait as its bound would be
    /// named, too.
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
