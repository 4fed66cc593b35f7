//! Bodies that stay in a `#[track_caller]` function, although they return early.
//!
//! Code that runs after the body needs the body's value. Usually, a body that returns early becomes
//! a closure. In a closure, `Location::caller()` does not return the caller of the function. If
//! `return` is the only early exit, a labeled block can contain the body instead, because `return`
//! and `break` have the same syntax:
//!
//! ```text
//! input    { if a { return b; } c }
//! output   'body: { if a { break 'body b; } c }
//! ```

use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::Lifetime;

use super::{
    control_flow::is_unknown_macro,
    nested_bodies::{async_end, closure_end, is_punct, starts_closure},
    tracked_fn::TrackedFn,
};

impl TrackedFn {
    /// Returns an expression for the value of the body, which stays in the function. Returns `None`
    /// if the body contains `?`, or anything that may contain another early exit.
    pub(crate) fn labeled_body(&self) -> Option<TokenStream> {
        let label = Lifetime::new("'copilot_track_body", Span::mixed_site());
        let mut labeled = Labeled {
            label,
            has_return: false,
        };
        let stream = labeled.replace(self.body.stream())?;
        if !labeled.has_return {
            return Some(self.body.to_token_stream());
        }
        let mut body = Group::new(Delimiter::Brace, stream);
        body.set_span(self.body.span());
        let label = labeled.label;
        Some(quote!(#label: #body))
    }
}

struct Labeled {
    label: Lifetime,
    has_return: bool,
}

impl Labeled {
    /// Replaces each `return`, except those of closures and async blocks.
    fn replace(&mut self, tokens: TokenStream) -> Option<TokenStream> {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut replaced = TokenStream::new();
        let mut index = 0;
        while let Some(token) = tokens.get(index) {
            let previous = index.checked_sub(1).and_then(|index| tokens.get(index));
            let mut end = index + 1;
            match token {
                TokenTree::Punct(punct) if punct.as_char() == '?' => return None,
                TokenTree::Punct(punct) if punct.as_char() == '|' && starts_closure(previous) => {
                    end = closure_end(&tokens, index);
                    if contains_arrow(&tokens[index..end]) {
                        // The `|` is at the start of a pattern.
                        return None;
                    }
                }
                TokenTree::Ident(ident) => match ident.to_string().as_str() {
                    "async" => end = async_end(&tokens, index),
                    "return" => {
                        self.has_return = true;
                        let (label, span) = (&self.label, ident.span());
                        replaced.extend(quote_spanned!(span=> break #label));
                        index = end;
                        continue;
                    }
                    "become" | "yield" => return None,
                    "fn" if !is_type(&tokens, index) => return None,
                    _ if is_unknown_macro(ident, &tokens[end..]) => return None,
                    _ => {}
                },
                TokenTree::Group(group) => {
                    let mut inner = Group::new(group.delimiter(), self.replace(group.stream())?);
                    inner.set_span(group.span());
                    replaced.extend([TokenTree::Group(inner)]);
                    index = end;
                    continue;
                }
                TokenTree::Punct(_) | TokenTree::Literal(_) => {}
            }
            replaced.extend(tokens[index..end].iter().cloned());
            index = end;
        }
        Some(replaced)
    }
}

/// Returns whether the tokens contain `=>`.
fn contains_arrow(tokens: &[TokenTree]) -> bool {
    tokens
        .windows(2)
        .any(|pair| is_punct(pair.first(), '=') && is_punct(pair.get(1), '>'))
}

/// Returns whether the `fn` at `index` starts a function pointer type.
fn is_type(tokens: &[TokenTree], index: usize) -> bool {
    matches!(tokens.get(index + 1), Some(TokenTree::Group(_)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labeled(body: &TokenStream) -> Option<String> {
        let function = TrackedFn::parse(quote!(fn f() { #body }));
        let function = function.unwrap_or_else(|_| unreachable!("{body}"));
        function.labeled_body().map(|body| body.to_string())
    }

    #[test]
    fn a_return_of_the_function_becomes_a_break() {
        let expected = |body: TokenStream| Some(quote!('copilot_track_body: { #body }).to_string());
        assert_eq!(
            labeled(&quote!(if a { return b; } loop { return; })),
            expected(
                quote!(if a { break 'copilot_track_body b; } loop { break 'copilot_track_body; })
            )
        );
        assert_eq!(
            labeled(
                &quote!(let a = |b| { return c; }; spawn(async move { return d?; }); return a;)
            ),
            expected(
                quote!(let a = |b| { return c; }; spawn(async move { return d?; }); break 'copilot_track_body a;)
            )
        );
        let unchanged = quote!(let a = b.map(|c| c?); assert!(a, "b"); panic!("{a}"));
        assert_eq!(
            labeled(&unchanged),
            Some(quote!({ #unchanged }).to_string())
        );
    }

    #[test]
    fn a_body_with_another_early_exit_is_not_changed() {
        for body in [
            "a?; return b;",
            "bail!(c)",
            "fn a() -> u8 { return 1; } a()",
            "match a { | A | B => return 1, C => 2 }",
        ] {
            let body: TokenStream = body.parse().unwrap_or_default();
            assert!(!body.is_empty());
            assert_eq!(labeled(&body), None, "{body}");
        }
    }
}
