//! From the typed model to tokens. One file a macro; nothing is parsed here.
//!
//! | file | is |
//! | --- | --- |
//! | `tool.rs`, `reply.rs`, `media.rs`, `component.rs`, `message.rs`, `feedback.rs`, `conversation.rs` | one macro each |
//! | `block.rs` | how the user's body is put into the new one, by the kind of function |
//! | `when.rs` | whether an argument's expression is evaluated at once or when it is needed |
//! | `draft.rs` | the expression that makes an event |
//! | `spans.rs` | where errors are shown |
//! | `apply.rs` | a closure of an argument, applied to a value |

mod apply;
mod block;
mod component;
mod conversation;
mod draft;
mod feedback;
mod media;
mod message;
mod reply;
mod spans;
mod tool;
mod when;

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, TokenStreamExt, quote};
use syn::{Path, Token};

use crate::{
    args::{Args, grammar::Macro},
    errors::Errors,
    handler::{Handler, NotAHandler},
};

/// An attribute on an item: the new item, or the old one beside what is wrong with the use.
pub(crate) fn expand(which: Macro, attribute: TokenStream, item: &TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let args = Args::parse(which, attribute, &mut errors);
    let handler = match Handler::parse(item.clone()) {
        Ok(handler) => Some(handler),
        Err(reason) => {
            not_a_handler(which, item, reason, &mut errors);
            None
        }
    };
    match handler {
        Some(mut handler)
            if {
                check(which, &handler, &mut errors);
                errors.is_empty()
            } =>
        {
            let cx = Context::new(which, &args, &handler);
            match which {
                Macro::Tool => tool::expand(&cx, &args, &mut handler),
                Macro::Reply => reply::expand(&cx, &args, &mut handler),
                Macro::Media => media::expand(&cx, &args, &mut handler),
                Macro::Component => component::expand(&cx, &args, &mut handler),
                Macro::Message => message::expand(&cx, &args, &mut handler),
                Macro::Feedback => feedback::expand(&cx, &args, &mut handler),
                Macro::Conversation => conversation::expand(&cx, &args, &mut handler),
            }
        }
        _ => {
            let errors = errors.to_compile_errors();
            quote!(#errors #item)
        }
    }
}

fn not_a_handler(which: Macro, item: &TokenStream, reason: NotAHandler, errors: &mut Errors) {
    match reason {
        NotAHandler::OtherItem => errors.on(
            item,
            format!(
                "`{which}` belongs on a function: write it above the `fn` whose calls it tracks"
            ),
        ),
        NotAHandler::NoBody => errors.on(
            item,
            format!(
                "this function has no body to run: write `{which}` on one that has, as the methods of a trait's impls do"
            ),
        ),
        NotAHandler::Unreadable(error) => errors.push(error),
    }
}

fn check(which: Macro, handler: &Handler, errors: &mut Errors) {
    if let Some(token) = &handler.sig.constness {
        errors.at(
            token.span,
            format!(
                "a `const fn` can run in the compiler, where there is no conversation: put `{which}` on a function that \
                 calls it"
            ),
        );
    }
    if let Some(token) = &handler.sig.variadic {
        errors.on(
            token,
            format!("a variadic function cannot be wrapped: put `{which}` on one that calls it"),
        );
    }
}

/// What all expansions share.
struct Context {
    /// Where the runtime's part of the expansion is.
    private: Module,
    /// The static that stands for the place of the use. Whatever can be is a method of it: a method
    /// is found faster than a path from another crate, and an import would be an item more.
    site: Ident,
    /// A check that the compiler makes of the return type.
    check: TokenStream,
}

impl Context {
    fn new(which: Macro, args: &Args, handler: &Handler) -> Self {
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
            spans::located(check, handler.output_span())
        };
        Self {
            private,
            check,
            // An item, so it is not hygienic; a name that nobody else has.
            site: Ident::new("COPILOT_TRACK_SITE", Span::call_site()),
        }
    }

    /// The site, for calls whose errors are shown at `place`.
    fn site_at(&self, place: Span) -> Ident {
        let mut site = self.site.clone();
        site.set_span(site.span().located_at(place));
        site
    }

    /// See [`Module::traits`].
    fn traits(&self, place: Span) -> Module {
        self.private.traits(place)
    }

    /// The place of this use: it names the function where something is to be warned of.
    fn site_item(&self, handler: &Handler) -> TokenStream {
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
struct Module {
    /// Where the library is, if not under its usual name.
    krate: Option<Path>,
    name: &'static str,
    place: Span,
}

impl Module {
    /// Where the traits are that say what an argument may be. To call one by its path tells what is
    /// wrong at `place`, and names the trait; a method of ours with the trait as its bound would be
    /// named, too.
    fn traits(&self, place: Span) -> Self {
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

/// A local of ours, which the user's code neither sees nor shadows.
fn local(name: &str) -> Ident {
    Ident::new(name, Span::mixed_site())
}

#[cfg(test)]
mod tests;
