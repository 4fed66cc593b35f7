//! Parses an item as a function.

use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};
use syn::{
    Attribute, FnArg, Signature, Token, Visibility,
    parse::{ParseStream, Parser},
};

use super::{
    body::{body_group, has_canonical_form, may_be_one_expression, split_inner_attrs},
    tracked_fn::TrackedFn,
};

/// The reason why an item cannot be annotated.
pub(crate) enum UnsupportedItem {
    /// The item is not a function.
    NotAFunction,
    /// The function has no body. It is a required trait method or a foreign function.
    NoBody,
    /// `syn` cannot parse the signature.
    InvalidSignature(syn::Error),
}

impl TrackedFn {
    /// Parses an item as a function with a body.
    pub(crate) fn parse(item: TokenStream) -> Result<Self, UnsupportedItem> {
        if let Some(function) = Self::parse_before_body(item.clone()) {
            return Ok(function);
        }
        let parser = |input: ParseStream<'_>| {
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
        match parser.parse2(item.clone()) {
            Ok((attrs, vis, sig, Some(body))) => Ok(Self::new(attrs, vis, sig, body)),
            Ok((.., None)) => Err(UnsupportedItem::NoBody),
            Err(error) if has_fn(item) => Err(UnsupportedItem::InvalidSignature(error)),
            Err(_) => Err(UnsupportedItem::NotAFunction),
        }
    }

    /// Parses the tokens before the body and keeps the body as one token, which is fast for long
    /// bodies. Returns `None` if the item has a more complex form.
    fn parse_before_body(item: TokenStream) -> Option<Self> {
        let mut tokens: Vec<TokenTree> = item.into_iter().collect();
        let Some(TokenTree::Group(body)) = tokens.pop() else {
            return None;
        };
        if body.delimiter() != Delimiter::Brace {
            return None;
        }
        let parser = |input: ParseStream<'_>| {
            Ok((
                input.call(Attribute::parse_outer)?,
                input.parse()?,
                input.parse()?,
            ))
        };
        let (attrs, vis, sig) = parser.parse2(tokens.into_iter().collect()).ok()?;
        Some(Self::new(attrs, vis, sig, body))
    }

    fn new(attrs: Vec<Attribute>, vis: Visibility, sig: Signature, body: Group) -> Self {
        let (inner_attrs, mut body) = split_inner_attrs(body);
        let mut braces = body.span();
        let from_macro = Span::mixed_site().located_at(braces);
        // The expansion puts the body into another block. The lint `unused_braces` reports a block
        // that contains one expression, unless the braces are from a macro. Other bodies keep their
        // braces, because the edition of the braces determines when the temporaries at the end of a
        // block are dropped: before or after its variables.
        let operators = body.stream().into_iter().map(|token| operator(&token));
        if may_be_one_expression(operators) {
            body.set_span(from_macro);
        }
        // Clippy expects a certain body, unless the braces are from a macro.
        let is_method = matches!(sig.inputs.first(), Some(FnArg::Receiver(_)));
        if is_method && has_canonical_form(&sig.ident.to_string()) {
            braces = from_macro;
        }
        Self {
            attrs,
            vis,
            sig,
            inner_attrs,
            braces,
            body,
        }
    }
}

fn has_fn(item: TokenStream) -> bool {
    item.into_iter()
        .any(|token| matches!(&token, TokenTree::Ident(ident) if ident == "fn"))
}

fn operator(token: &TokenTree) -> Option<char> {
    match token {
        TokenTree::Punct(punct) => Some(punct.as_char()),
        _ => None,
    }
}
