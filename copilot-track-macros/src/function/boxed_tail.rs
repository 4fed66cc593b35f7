//! Bodies that end with `Box::pin(async move { … })`.
//!
//! `#[tracing::instrument]` recognizes such a body and reads the fields of its span from the
//! parameters inside the async block. If that attribute is below ours, the expansion must keep the
//! form of the body.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

use super::{control_flow::may_exit_early, tracked_fn::TrackedFn};

/// A body that ends with `Box::pin(async move { … })`.
pub(crate) struct BoxedTail {
    /// The statements before the call.
    pub(crate) statements: TokenStream,
    /// `Box::pin`.
    pub(crate) function: TokenStream,
    /// The async block.
    pub(crate) future: TokenStream,
}

impl TrackedFn {
    /// Returns the parts of the body if the function is annotated with `#[tracing::instrument]` and
    /// the body has the form that this attribute recognizes. Returns `None` if the statements
    /// before the call may exit early.
    pub(crate) fn instrumented_tail(&self) -> Option<BoxedTail> {
        let is_instrumented = self.attrs.iter().any(|attr| {
            let last = attr.path().segments.last();
            last.is_some_and(|last| last.ident == "instrument")
        });
        if !is_instrumented || self.is_async() {
            return None;
        }
        BoxedTail::parse(&self.body).filter(|tail| !may_exit_early(tail.statements.clone()))
    }
}

impl BoxedTail {
    fn parse(body: &Group) -> Option<Self> {
        let mut tokens: Vec<TokenTree> = body.stream().into_iter().collect();
        let Some(TokenTree::Group(argument)) = tokens.pop() else {
            return None;
        };
        if argument.delimiter() != Delimiter::Parenthesis || !is_async_block(argument.stream()) {
            return None;
        }
        // A path consists of names and colons.
        let is_path = |token: &TokenTree| match token {
            TokenTree::Ident(_) => true,
            TokenTree::Punct(punct) => punct.as_char() == ':',
            _ => false,
        };
        let length = tokens
            .iter()
            .rev()
            .take_while(|token| is_path(token))
            .count();
        let function = tokens.split_off(tokens.len() - length);
        let is_box_pin = match function.as_slice() {
            [.., TokenTree::Ident(ty), _, _, TokenTree::Ident(name)] => {
                ty == "Box" && name == "pin"
            }
            _ => false,
        };
        is_box_pin.then(|| Self {
            statements: tokens.into_iter().collect(),
            function: function.into_iter().collect(),
            future: argument.stream(),
        })
    }
}

/// Returns whether `tokens` are an async block.
fn is_async_block(tokens: TokenStream) -> bool {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    match tokens.as_slice() {
        [TokenTree::Ident(first), TokenTree::Group(block)] => {
            first == "async" && block.delimiter() == Delimiter::Brace
        }
        [
            TokenTree::Ident(first),
            TokenTree::Ident(second),
            TokenTree::Group(block),
        ] => first == "async" && second == "move" && block.delimiter() == Delimiter::Brace,
        _ => false,
    }
}
