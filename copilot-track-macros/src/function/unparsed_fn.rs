//! A function whose signature is not parsed.
//!
//! Parsing the signature takes most of the time of an expansion. An expansion that only adds a
//! statement before the body needs no more than the function's name, if the function certainly
//! returns a value.

use super::{body::may_be_one_expression, return_type::is_well_known};
use crate::token_types::{Delimiter, Group, Ident, Span, TokenStream, TokenTree, is_named};

/// A function with a body, of a form that occurs often.
pub(crate) struct UnparsedFn {
    pub(crate) name: Ident,
    before_body: Vec<TokenTree>,
    /// The span of the braces that the user wrote.
    braces: Span,
    body: Group,
}

impl UnparsedFn {
    /// Returns the function, or `None` if the signature must be parsed.
    ///
    /// The function must have the form `pub(…) async fn name(…) -> Type { … }`, without other
    /// qualifiers, generics, a `where` clause, attributes except documentation, and inner
    /// attributes. The names in its return type must show that it returns neither a future nor a
    /// stream.
    pub(crate) fn find(item: TokenStream) -> Option<Self> {
        let mut before_body: Vec<TokenTree> = item.into_iter().collect();
        let TokenTree::Group(mut body) = before_body.pop()? else {
            return None;
        };
        if body.delimiter() != Delimiter::Brace {
            return None;
        }
        let rest = without_visibility(without_documentation(&before_body)?);
        let (is_async, rest) = match rest {
            [TokenTree::Ident(first), rest @ ..] if is_named(first, "async") => (true, rest),
            rest => (false, rest),
        };
        let [
            TokenTree::Ident(keyword),
            TokenTree::Ident(name),
            TokenTree::Group(parameters),
            rest @ ..,
        ] = rest
        else {
            return None;
        };
        if !is_named(keyword, "fn")
            || parameters.delimiter() != Delimiter::Parenthesis
            || !returns_value(rest, is_async)
        {
            return None;
        }
        let name = name.clone();
        let mut statements = body.stream().into_iter().peekable();
        if statements.peek().is_some_and(may_be_special) {
            return None;
        }
        let braces = body.span();
        if may_be_one_expression(statements.map(|token| operator(&token))) {
            body.set_span(Span::mixed_site().located_at(braces));
        }
        Some(Self {
            name,
            before_body,
            braces,
            body,
        })
    }

    /// Returns the function with a statement before its body. Both are inside a new body.
    pub(crate) fn with_statement<const N: usize>(self, statement: [TokenTree; N]) -> TokenStream {
        let Self {
            before_body: mut tokens,
            braces,
            body,
            ..
        } = self;
        let statements = statement.into_iter().chain([TokenTree::Group(body)]);
        let mut body = Group::new(Delimiter::Brace, statements.collect());
        body.set_span(braces);
        tokens.push(TokenTree::Group(body));
        tokens.into_iter().collect()
    }
}

/// Returns the tokens after the documentation, or `None` if there is another attribute.
fn without_documentation(mut tokens: &[TokenTree]) -> Option<&[TokenTree]> {
    while let [TokenTree::Punct(hash), TokenTree::Group(attr), rest @ ..] = tokens
        && hash.as_char() == '#'
    {
        match attr.stream().into_iter().next() {
            Some(TokenTree::Ident(name)) if is_named(&name, "doc") => tokens = rest,
            _ => return None,
        }
    }
    Some(tokens)
}

fn without_visibility(tokens: &[TokenTree]) -> &[TokenTree] {
    match tokens {
        [TokenTree::Ident(first), TokenTree::Group(scope), rest @ ..]
            if is_named(first, "pub") && scope.delimiter() == Delimiter::Parenthesis =>
        {
            rest
        }
        [TokenTree::Ident(first), rest @ ..] if is_named(first, "pub") => rest,
        tokens => tokens,
    }
}

/// Returns whether a body may start with an inner attribute or with an expansion of this library.
fn may_be_special(first: &TokenTree) -> bool {
    match first {
        TokenTree::Punct(punct) => matches!(punct.as_char(), '#' | ':'),
        TokenTree::Group(_) => true,
        // The path to the library can start with `crate` or `$crate`.
        TokenTree::Ident(ident) => {
            matches!(ident.to_string().as_str(), "static" | "crate" | "$crate")
        }
        TokenTree::Literal(_) => false,
    }
}

fn operator(token: &TokenTree) -> Option<char> {
    match token {
        TokenTree::Punct(punct) => Some(punct.as_char()),
        _ => None,
    }
}

/// Returns whether the tokens after the parameters are a return type that is certainly not a future
/// or a stream.
fn returns_value(tokens: &[TokenTree], is_async: bool) -> bool {
    let [TokenTree::Punct(minus), TokenTree::Punct(greater), ty @ ..] = tokens else {
        return tokens.is_empty();
    };
    if minus.as_char() != '-' || greater.as_char() != '>' {
        return false;
    }
    let is_known = match ty {
        // A reference is not a future.
        [TokenTree::Punct(punct), ..] => punct.as_char() == '&',
        // The future of an async function is known, even if its output is an alias.
        [TokenTree::Ident(_), ..] if is_async => true,
        [TokenTree::Ident(name)] => is_well_known(&name.to_string()),
        [TokenTree::Ident(name), TokenTree::Punct(less), ..] => {
            less.as_char() == '<' && is_well_known(&name.to_string())
        }
        _ => false,
    };
    is_known && ty.iter().all(is_usual_in_value)
}

/// Returns whether a token does not occur in the type of a future or a stream, and does not end the
/// return type.
fn is_usual_in_value(token: &TokenTree) -> bool {
    match token {
        TokenTree::Ident(ident) => {
            let name = ident.to_string();
            !matches!(name.as_str(), "Ready" | "dyn" | "impl" | "where")
                && !contains(&name, 'F', "Fut")
                && !contains(&name, 'H', "Handle")
                && !contains(&name, 'S', "Stream")
        }
        TokenTree::Group(group) => group
            .stream()
            .into_iter()
            .all(|token| is_usual_in_value(&token)),
        // A macro, or the type `!`.
        TokenTree::Punct(punct) => punct.as_char() != '!',
        TokenTree::Literal(_) => true,
    }
}

/// Returns whether `name` contains `part`, whose first character is `first`. A search for a
/// character is faster than a search for a string in an unoptimized build.
fn contains(name: &str, first: char, part: &str) -> bool {
    name.contains(first) && name.contains(part)
}

#[cfg(test)]
mod tests {
    use super::*;
    use quote::quote;

    #[test]
    fn functions_of_a_common_form_are_found() {
        for item in [
            quote!(
                fn f() {}
            ),
            quote!(
                #[doc = "Documentation."]
                pub(crate) async fn f(&self, (a, _): (u8, u8)) -> io::Result<Order> {
                    body.await
                }
            ),
            quote!(
                pub fn f(a: impl Fn(u8)) -> &'static str {
                    "text"
                }
            ),
            quote!(
                fn f(mut self) -> Result<Vec<(u8, [u8; 2])>, Box<Error>> {
                    body?;
                    Ok(a)
                }
            ),
            quote!(
                async fn f() -> Alias {
                    body
                }
            ),
        ] {
            assert!(UnparsedFn::find(item.clone()).is_some(), "{item}");
        }
    }

    #[test]
    fn other_functions_are_parsed() {
        for item in [
            quote!(
                const fn f() {}
            ),
            quote!(
                unsafe fn f() {}
            ),
            quote!(
                fn f<T>() {}
            ),
            quote!(
                fn f()
                where
                    A: B,
                {
                }
            ),
            quote!(
                #[other]
                fn f() {}
            ),
            quote!(
                fn f() {
                    #![allow(unused)]
                }
            ),
            quote!(
                fn f() {
                    crate::tracking::__private::send_action("ftf", 1, 2);
                    {}
                }
            ),
            quote!(
                fn f() -> Alias {}
            ),
            quote!(
                fn f() -> io::Result<u8> {}
            ),
            quote!(
                fn f() -> (Alias) {}
            ),
            quote!(
                fn f() -> ! {}
            ),
            quote!(
                async fn f() -> ! {}
            ),
            quote!(
                async fn f() -> BoxFuture<u8> {}
            ),
            quote!(
                fn f() -> Option<BoxFuture<'static, u8>> {}
            ),
            quote!(
                fn f() -> Result<JoinHandle<u8>, E> {}
            ),
            quote!(
                fn f() -> Box<dyn Error> {}
            ),
            quote!(
                fn f() -> Vec<impl Error> {}
            ),
            quote!(
                async fn f() -> ty!() {}
            ),
            quote!(
                fn f();
            ),
            quote!(
                struct S {}
            ),
        ] {
            assert!(UnparsedFn::find(item.clone()).is_none(), "{item}");
        }
    }
}
