//! The annotated function: its signature parsed, its body untouched.
//!
//! The body stays raw tokens. A body that does not parse (someone is typing it) leaves the function and its types in
//! place, and what is wrong with it is told by the compiler alone.

mod captures;
pub(crate) mod leaves;
pub(crate) mod output;

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{
    Attribute, ReturnType, Signature, Token, Visibility,
    parse::{ParseStream, Parser},
};

pub(crate) use captures::Captures;
use output::{Erased, Shape};

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
        let is_fn = item
            .clone()
            .into_iter()
            .any(|token| matches!(&token, TokenTree::Ident(ident) if ident == "fn"));
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
        match read.parse2(item) {
            Ok((attrs, vis, sig, Some(body))) => {
                let (inner_attrs, body) = split_inner_attrs(&body);
                Ok(Self {
                    attrs,
                    vis,
                    sig,
                    inner_attrs,
                    body,
                })
            }
            Ok((.., None)) => Err(NotAHandler::NoBody),
            Err(error) if is_fn => Err(NotAHandler::Unreadable(error)),
            Err(_) => Err(NotAHandler::OtherItem),
        }
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
        match &self.sig.output {
            ReturnType::Default => quote!(()),
            ReturnType::Type(_, ty) => Erased(ty).to_token_stream(),
        }
    }

    /// The parameters that a wrapped body has to own, so that they are dropped when they were. Gives parameters
    /// without a name (`_: T`) one.
    pub(crate) fn captures(&mut self) -> Captures {
        Captures::of(&mut self.sig)
    }

    /// The function with this in place of its block.
    pub(crate) fn with_body(&self, body: &TokenStream) -> TokenStream {
        let Self {
            attrs,
            vis,
            sig,
            inner_attrs,
            ..
        } = self;
        let mut block = Group::new(Delimiter::Brace, quote!(#inner_attrs #body));
        block.set_span(self.body.span());
        quote!(#(#attrs)* #vis #sig #block)
    }
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
fn split_inner_attrs(body: &Group) -> (TokenStream, Group) {
    let mut tokens: Vec<TokenTree> = body.stream().into_iter().collect();
    let mut end = 0;
    while let [
        TokenTree::Punct(hash),
        TokenTree::Punct(bang),
        TokenTree::Group(_),
        ..,
    ] = &tokens[end..]
        && hash.as_char() == '#'
        && bang.as_char() == '!'
    {
        end += 3;
    }
    let rest: TokenStream = tokens.drain(end..).collect();
    let mut group = Group::new(Delimiter::Brace, rest);
    group.set_span(body.span());
    (tokens.into_iter().collect(), group)
}
