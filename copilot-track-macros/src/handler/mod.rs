//! The annotated function: its signature parsed, its body untouched.
//!
//! The body stays raw tokens. A body that does not parse (someone is typing it) leaves the function
//! and its types in place, and what is wrong with it is told by the compiler alone.

pub(crate) mod leaves;
pub(crate) mod output;
mod params;
mod restated;

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::{
    Attribute, ReturnType, Safety, Signature, Token, Type, Visibility,
    parse::{ParseStream, Parser},
};

use output::{Output, Shape};

/// A function with a body.
pub(crate) struct Handler {
    attrs: Vec<Attribute>,
    vis: Visibility,
    pub(crate) sig: Signature,
    inner_attrs: TokenStream,
    body: Group,
}

/// Why an item cannot be annotated.
pub(crate) enum NotAHandler {
    /// Not a function at all.
    OtherItem,
    /// A method of a trait without a body.
    NoBody,
    /// A function whose signature `syn` does not know.
    Unreadable(syn::Error),
}

impl Handler {
    pub(crate) fn parse(item: TokenStream) -> Result<Self, NotAHandler> {
        if let Some(handler) = Self::parse_before_body(item.clone()) {
            return Ok(handler);
        }
        let read = |input: ParseStream<'_>| {
            let attrs = input.call(Attribute::parse_outer)?;
            let vis = input.parse()?;
            let sig = input.parse()?;
            if input.peek(Token![;]) {
                input.parse::<Token![;]>()?;
                return Ok((attrs, vis, sig, None));
            }
            let body = body_group(input.parse()?);
            Ok((attrs, vis, sig, body))
        };
        match read.parse2(item.clone()) {
            Ok((attrs, vis, sig, Some(body))) => {
                let (inner_attrs, body) = split_inner_attrs(body);
                Ok(Self {
                    attrs,
                    vis,
                    sig,
                    inner_attrs,
                    body,
                })
            }
            Ok((.., None)) => Err(NotAHandler::NoBody),
            Err(error) if has_fn(item) => Err(NotAHandler::Unreadable(error)),
            Err(_) => Err(NotAHandler::OtherItem),
        }
    }

    /// Reads a function without its body, which so stays one token however long it is. Whatever is
    /// odd is left to [`parse`](Self::parse).
    fn parse_before_body(item: TokenStream) -> Option<Self> {
        let mut tokens: Vec<TokenTree> = item.into_iter().collect();
        let Some(TokenTree::Group(body)) = tokens.pop() else {
            return None;
        };
        if body.delimiter() != Delimiter::Brace {
            return None;
        }
        let read = |input: ParseStream<'_>| {
            Ok((
                input.call(Attribute::parse_outer)?,
                input.parse()?,
                input.parse()?,
            ))
        };
        let (attrs, vis, sig) = read.parse2(tokens.into_iter().collect()).ok()?;
        let (inner_attrs, body) = split_inner_attrs(body);
        Some(Self {
            attrs,
            vis,
            sig,
            inner_attrs,
            body,
        })
    }

    /// The user's block.
    pub(crate) fn body(&self) -> &Group {
        &self.body
    }

    pub(crate) fn is_async(&self) -> bool {
        self.sig.asyncness.is_some()
    }

    /// What a call gives, and after an `.await` in an async function.
    pub(crate) fn shape(&self) -> Shape {
        match &self.sig.output {
            ReturnType::Default => Shape::Value,
            ReturnType::Type(_, ty) => Shape::of(ty),
        }
    }

    /// The return type, with `_` for each `impl Trait`.
    pub(crate) fn output(&self) -> TokenStream {
        Output(&self.sig.output).to_token_stream()
    }

    /// Where the return type stands, or else the function's name.
    pub(crate) fn output_span(&self) -> Span {
        match &self.sig.output {
            ReturnType::Default => self.sig.ident.span(),
            ReturnType::Type(_, ty) => output::start(ty),
        }
    }

    /// Whether an `impl Trait` stands in the return type.
    pub(crate) fn is_opaque(&self) -> bool {
        match &self.sig.output {
            ReturnType::Default => false,
            ReturnType::Type(_, ty) => output::is_opaque(ty),
        }
    }

    /// Whether the return type says that there is no error: it is no name, which may be that of a
    /// `Result`.
    pub(crate) fn never_fails(&self) -> bool {
        match &self.sig.output {
            ReturnType::Default => true,
            ReturnType::Type(_, ty) => output::is_no_name(ty),
        }
    }

    /// Whether the return type is a name that may be another one for a boxed future or stream.
    pub(crate) fn may_return_an_alias(&self) -> bool {
        match &self.sig.output {
            ReturnType::Type(_, ty) => {
                !self.is_async()
                    && !self.is_opaque()
                    && matches!(self.shape(), Shape::Value)
                    && output::is_unknown_name(ty)
            }
            ReturnType::Default => false,
        }
    }

    /// Whether nothing tells an async function from one that returns a future.
    ///
    /// Another macro that follows may need the `async`; `#[must_use]` is about what is awaited; a
    /// nested `impl Trait` has to be tied to what the body gives.
    pub(crate) fn can_return_a_future(&self) -> bool {
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
        if !self.is_async() || self.is_opaque() {
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
    pub(crate) fn captured(&mut self, site: &Ident) -> TokenStream {
        params::captured(&mut self.sig, site)
    }

    /// Makes an async function one that returns a future. Gives the statements that come first in
    /// its async block.
    pub(crate) fn return_a_future(&mut self, site: &Ident) -> TokenStream {
        let taken = params::taken(&mut self.sig, site);
        let place = self.output_span();
        let output = std::mem::replace(&mut self.sig.output, ReturnType::Default);
        let output = Output(&output);
        self.sig.asyncness = None;
        // The edition of these tokens is this crate's: all lifetimes are captured, as an async
        // function does.
        let ours = Span::mixed_site().located_at(place);
        self.sig.output = ReturnType::Type(
            Token![->](ours),
            Box::new(Type::Verbatim(
                quote_spanned!(ours=> impl ::core::future::Future<Output = #output>),
            )),
        );
        taken
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
        let twice = matches!(self.shape(), Shape::Future { output, .. } if matches!(*output, Shape::Future { .. }))
            .then(|| quote!(#[allow(clippy::async_yields_async)]));
        // The user's braces stand inside ours.
        quote!(#(#attrs)* #[allow(unused_braces)] #twice #vis #sig #block)
    }
}

fn has_fn(item: TokenStream) -> bool {
    item.into_iter()
        .any(|token| matches!(&token, TokenTree::Ident(ident) if ident == "fn"))
}

/// The braces, also from inside the invisible ones that a `macro_rules!` fragment stands in.
fn body_group(token: TokenTree) -> Option<Group> {
    let TokenTree::Group(group) = token else {
        return None;
    };
    match group.delimiter() {
        Delimiter::Brace => Some(group),
        Delimiter::None => group.stream().into_iter().next().and_then(body_group),
        _ => None,
    }
}

/// `#![…]` has to stay at the very start of the function.
fn split_inner_attrs(body: Group) -> (TokenStream, Group) {
    let mut tokens = body.stream().into_iter().peekable();
    let mut attrs = TokenStream::new();
    while let Some(TokenTree::Punct(hash)) = tokens.peek()
        && hash.as_char() == '#'
    {
        let start: Vec<TokenTree> = tokens.by_ref().take(2).collect();
        if !matches!(start.as_slice(), [_, TokenTree::Punct(bang)] if bang.as_char() == '!') {
            // An outer attribute, of the first statement.
            return (
                attrs,
                braced(start.into_iter().chain(tokens).collect(), &body),
            );
        }
        attrs.extend(start.into_iter().chain(tokens.next()));
    }
    if attrs.is_empty() {
        return (attrs, body);
    }
    (attrs, braced(tokens.collect(), &body))
}

fn braced(tokens: TokenStream, like: &Group) -> Group {
    let mut group = Group::new(Delimiter::Brace, tokens);
    group.set_span(like.span());
    group
}
