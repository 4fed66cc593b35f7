//! What all expansions share.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, TokenStreamExt, quote};
use syn::{Path, Token};

use super::span::located;
use crate::{
    attribute::{kind::Macro, parse::args::Args},
    function::tracked_fn::Handler,
};

/// What all expansions share.
pub(crate) struct Context {
    /// Where the runtime's part of the expansion is.
    pub(crate) private: Module,
    /// The static that stands for the place of the use. Whatever can be is a method of it: a method
    /// is found faster than a path from another crate, and an import would be an item more.
    pub(crate) site: Ident,
    /// A check that the compiler makes of the return type.
    check: TokenStream,
}

impl Context {
    pub(crate) fn new(which: Macro, args: &Args, handler: &Handler) -> Self {
        let private = Module {
            krate: args.krate.clone(),
            name: "__private",
            place: Span::call_site(),
        };
        // A reply's text is looked for in the value anyway, and the error about that says the same.
        let said = args.future.is_some()
            || args.stream.is_some()
            || (which == Macro::Reply && args.body.is_none());
        let check = if said || !handler.may_return_an_alias() {
            TokenStream::new()
        } else {
            let output = handler.output();
            let traits = private.traits(Span::call_site());
            let also = (which == Macro::Reply).then(
                || quote!(#traits::WholeReply::accept(#private::returns::<#output>().kind());),
            );
            let check =
                quote!(#traits::PlainValue::accept(#private::returns::<#output>().kind()); #also);
            located(check, handler.output_span())
        };
        Self {
            private,
            check,
            // An item, so it is not hygienic; a name that nobody else has.
            site: Ident::new("COPILOT_TRACK_SITE", Span::call_site()),
        }
    }

    /// The site, for calls whose errors are shown at `place`.
    pub(crate) fn site_at(&self, place: Span) -> Ident {
        let mut site = self.site.clone();
        site.set_span(site.span().located_at(place));
        site
    }

    /// See [`Module::traits`].
    pub(crate) fn traits(&self, place: Span) -> Module {
        self.private.traits(place)
    }

    /// The place of this use: it names the function where something is to be warned of.
    pub(crate) fn site_item(&self, handler: &Handler) -> TokenStream {
        let Self {
            private,
            site,
            check,
        } = self;
        let name = handler.sig.ident.to_string();
        let check = (!check.is_empty()).then_some(check);
        quote!(static #site: #private::Site = #private::Site::new(#name); #check)
    }
}

/// A module of the library.
pub(crate) struct Module {
    /// Where the library is, if not under its usual name.
    krate: Option<Path>,
    name: &'static str,
    place: Span,
}

impl Module {
    /// Where the traits are that say what an argument may be. To call one by its path tells what is
    /// wrong at `place`, and names the trait; a method of ours with the trait as its bound would be
    /// named, too.
    pub(crate) fn traits(&self, place: Span) -> Self {
        Self {
            krate: self.krate.clone(),
            name: "args",
            place,
        }
    }
}

impl ToTokens for Module {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let colons = Token![::](self.place);
        let ident = |name| Ident::new(name, self.place);
        if let Some(path) = &self.krate {
            path.to_tokens(tokens);
        } else {
            colons.to_tokens(tokens);
            tokens.append(ident("copilot_track"));
        }
        colons.to_tokens(tokens);
        tokens.append(ident(self.name));
    }
}
