//! The body in a closure or an async block that owns `self`.
//!
//! A method with `mut self` often changes a field for its destructor or for a call that follows:
//!
//! ```text
//! async fn commit(mut self) -> Result<()> { …; self.open = false; Ok(()) }
//! ```
//!
//! In a method, the compiler does not report the last assignment. In a closure or an async block
//! that has captured `self`, the compiler reports that the assigned value is never read. Other
//! parameters are moved into locals first, but `self` cannot be. The lint is therefore allowed in
//! such a body.

use proc_macro2::{Spacing, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::FnArg;

use super::{tokens::mentions, tracked_fn::TrackedFn};

/// The starts of the operators that assign. `==` and `=>` also start with `=`.
const ASSIGNMENTS: &[&str] = &[
    "=", "+=", "-=", "*=", "/=", "%=", "^=", "&=", "|=", "<<=", ">>=",
];

impl TrackedFn {
    /// Returns the body for the end of a closure or an async block that owns the parameters.
    pub(crate) fn owning_body(&self) -> TokenStream {
        let (allow, body) = (self.allow_assignments(), &self.body);
        quote!(#allow #body)
    }

    /// Returns the attribute for the statement that contains the body, if the statement is in a
    /// closure or an async block that owns the parameters.
    pub(crate) fn allow_assignments(&self) -> Option<TokenStream> {
        let is_mutable = match self.sig.inputs.first() {
            Some(FnArg::Receiver(receiver)) => receiver.mutability.is_some(),
            _ => false,
        };
        (is_mutable && assigns_to_field(self.body.stream()) && !self.expects_assignments())
            .then(|| quote!(#[allow(unused_assignments)]))
    }

    /// Returns whether the function has an `#[expect(unused_assignments)]`.
    fn expects_assignments(&self) -> bool {
        self.attrs.iter().any(|attr| {
            attr.path().is_ident("expect") && mentions(attr.to_token_stream(), "unused_assignments")
        })
    }
}

/// Returns whether `tokens` contain an assignment to a field of `self`.
fn assigns_to_field(tokens: TokenStream) -> bool {
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Group(group) if assigns_to_field(group.stream()) => return true,
            TokenTree::Ident(ident) if ident == "self" => {
                let mut has_field = false;
                while tokens.next_if(|token| is_punct(token, '.')).is_some() {
                    tokens.next();
                    has_field = true;
                }
                let mut operator = String::new();
                while let Some(TokenTree::Punct(punct)) = tokens.peek() {
                    operator.push(punct.as_char());
                    let ends = punct.spacing() == Spacing::Alone;
                    tokens.next();
                    if ends {
                        break;
                    }
                }
                if has_field && is_assignment(&operator) {
                    return true;
                }
            }
            _ => {}
        }
    }
    false
}

fn is_punct(token: &TokenTree, expected: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == expected)
}

/// Returns whether an operator assigns. A sign can follow it directly, as in `self.size =-1`.
fn is_assignment(operator: &str) -> bool {
    let is_other = operator.starts_with("==") || operator.starts_with("=>");
    !is_other && ASSIGNMENTS.iter().any(|start| operator.starts_with(start))
}

#[cfg(test)]
mod tests {
    use quote::quote;

    use super::assigns_to_field;

    #[test]
    fn assignments_to_fields_are_found() {
        assert!(assigns_to_field(quote!(self.open = false;)));
        assert!(assigns_to_field(quote!({
            if a {
                self.a.0 <<= 1
            }
        })));
        assert!(assigns_to_field(quote!(self.size = -1)));
        assert!(assigns_to_field(quote!(
            self.a == self.b || {
                self.c += 1;
                true
            }
        )));
        assert!(!assigns_to_field(quote!(self.open == false)));
        assert!(!assigns_to_field(quote!(self.open <= other && self.x >= y)));
        assert!(!assigns_to_field(quote!(match self.a {
            _ if self.b => 1,
        })));
        assert!(!assigns_to_field(
            quote!(self = other; this.open = true; self.run();)
        ));
    }
}
