//! Detects attributes of this library that have already been expanded inside the body.
//!
//! The attributes below an attribute are recognized by their names. An attribute that was imported
//! under another name is not recognized, so it is not sorted. Its expansion is recognized later,
//! when the attribute below expands.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

use super::kind::AttributeKind;

#[cfg(test)]
mod tests;

/// The name of the static that most expansions contain.
pub(super) const CALL_SITE: &str = "COPILOT_TRACK_SITE";

/// The module of the runtime functions.
pub(super) const PRIVATE: &str = "__private";

/// The runtime function that sends the event of a tool whose arguments are literals. The expansion
/// contains this call instead of the static.
pub(super) const SEND_ACTION: &str = "send_action";

/// The methods of the static that belong to one attribute. Media Generated is missing, because
/// several attributes can send it. `#[tracked_media]` is the only attribute without a method here.
const METHODS: &[(&str, AttributeKind)] = &[
    ("action", AttributeKind::Tool),
    ("record_action", AttributeKind::Tool),
    ("send_action", AttributeKind::Tool),
    ("component", AttributeKind::Component),
    ("hold_component", AttributeKind::Component),
    ("feedback", AttributeKind::Feedback),
    ("hold_feedback", AttributeKind::Feedback),
    ("message", AttributeKind::Message),
    ("message_of", AttributeKind::Message),
    ("conversation", AttributeKind::Conversation),
    ("turn", AttributeKind::Turn),
    ("stream_turn", AttributeKind::Turn),
    ("reply", AttributeKind::Reply),
    ("default_reply", AttributeKind::Reply),
    ("stream_reply", AttributeKind::Reply),
];

/// The methods of the static that start a streamed reply.
const STREAMS: &[&str] = &["stream_reply", "stream_turn"];

/// The attributes that have been expanded in a body.
#[derive(Default)]
pub(super) struct Expanded {
    pub(super) kinds: Vec<AttributeKind>,
    /// Whether one of them is a streamed reply.
    pub(super) streams: bool,
    /// The number of expansions. Each of them has a static or calls [`SEND_ACTION`].
    count: usize,
}

impl Expanded {
    /// Returns the attributes that have been expanded in this body.
    pub(super) fn of(body: &Group) -> Self {
        let mut expanded = Self::default();
        if starts_with_expansion(body.stream()) {
            expanded.collect(body.stream());
            if expanded.count > expanded.kinds.len() {
                expanded.kinds.push(AttributeKind::Media);
            }
        }
        expanded
    }

    fn collect(&mut self, tokens: TokenStream) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        for (index, token) in tokens.iter().enumerate() {
            match token {
                TokenTree::Group(group) => self.collect(group.stream()),
                TokenTree::Ident(_) if is_call_to_send_action(&tokens[index..]) => {
                    self.count += 1;
                    self.add_kind(AttributeKind::Tool);
                }
                TokenTree::Ident(name) if name == CALL_SITE => self.add(&tokens[index + 1..]),
                _ => {}
            }
        }
    }

    /// Adds a use of the static. `after` are the tokens after its name.
    fn add(&mut self, after: &[TokenTree]) {
        match after {
            [TokenTree::Punct(colon), ..] if colon.as_char() == ':' => self.count += 1,
            [TokenTree::Punct(dot), TokenTree::Ident(method), ..] if dot.as_char() == '.' => {
                let method = method.to_string();
                if let Some((_, kind)) = METHODS.iter().find(|(name, _)| method == *name) {
                    self.add_kind(*kind);
                }
                self.streams |= STREAMS.contains(&method.as_str());
            }
            _ => {}
        }
    }

    fn add_kind(&mut self, kind: AttributeKind) {
        if !self.kinds.contains(&kind) {
            self.kinds.push(kind);
        }
    }
}

fn starts_with_expansion(body: TokenStream) -> bool {
    let mut tokens = body.into_iter();
    match tokens.next() {
        Some(TokenTree::Ident(keyword)) if keyword == "static" => {
            matches!(tokens.next(), Some(TokenTree::Ident(name)) if name == CALL_SITE)
        }
        Some(TokenTree::Group(block)) if block.delimiter() == Delimiter::Brace => {
            starts_with_expansion(block.stream())
        }
        first => {
            let path = first.into_iter().chain(tokens).take_while(is_in_path);
            let path: Vec<TokenTree> = path.collect();
            path.windows(4).any(is_call_to_send_action)
        }
    }
}

fn is_in_path(token: &TokenTree) -> bool {
    match token {
        TokenTree::Ident(_) => true,
        TokenTree::Punct(punct) => punct.as_char() == ':',
        _ => false,
    }
}

/// Returns whether tokens start with the end of the path to [`SEND_ACTION`].
fn is_call_to_send_action(tokens: &[TokenTree]) -> bool {
    matches!(
        tokens,
        [
            TokenTree::Ident(module),
            TokenTree::Punct(_),
            TokenTree::Punct(_),
            TokenTree::Ident(function),
            ..
        ] if module == PRIVATE && function == SEND_ACTION
    )
}
