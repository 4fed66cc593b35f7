//! Detects an attribute of this library that has already been expanded inside the body.
//!
//! The attributes below an attribute are recognized by their names. An attribute that was imported
//! under another name is not recognized, so it is not sorted. If the order matters, its expansion
//! is recognized later, when the attribute below expands.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

use super::kind::AttributeKind;

/// The name of the static that every expansion contains.
pub(super) const CALL_SITE: &str = "COPILOT_TRACK_SITE";

/// The methods of the static that start a scope.
const SCOPES: &[(&str, AttributeKind)] = &[
    ("message", AttributeKind::Message),
    ("message_of", AttributeKind::Message),
    ("conversation", AttributeKind::Conversation),
    ("turn", AttributeKind::Turn),
    ("stream_turn", AttributeKind::Turn),
    ("reply", AttributeKind::Reply),
    ("default_reply", AttributeKind::Reply),
    ("stream_reply", AttributeKind::Reply),
];

/// Returns the attributes that have been expanded in this body and start a scope.
pub(super) fn scopes(body: &Group) -> Vec<AttributeKind> {
    let mut scopes = Vec::new();
    if starts_with_call_site(body.stream()) {
        collect(body.stream(), &mut scopes);
    }
    scopes
}

fn starts_with_call_site(body: TokenStream) -> bool {
    let mut tokens = body.into_iter();
    match (tokens.next(), tokens.next()) {
        (Some(TokenTree::Ident(keyword)), Some(TokenTree::Ident(name))) => {
            keyword == "static" && name == CALL_SITE
        }
        (Some(TokenTree::Group(block)), _) if block.delimiter() == Delimiter::Brace => {
            starts_with_call_site(block.stream())
        }
        _ => false,
    }
}

fn collect(tokens: TokenStream, scopes: &mut Vec<AttributeKind>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    for (index, token) in tokens.iter().enumerate() {
        match token {
            TokenTree::Group(group) => collect(group.stream(), scopes),
            TokenTree::Ident(name) if name == CALL_SITE => {
                if let [_, TokenTree::Punct(dot), TokenTree::Ident(method), ..] = &tokens[index..]
                    && dot.as_char() == '.'
                {
                    let scope = SCOPES.iter().find(|(name, _)| method == name);
                    scopes.extend(scope.map(|(_, kind)| *kind));
                }
            }
            _ => {}
        }
    }
}
