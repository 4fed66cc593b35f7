//! The syntax of all argument lists: `key`, `key = expression`, and `key(…)`, separated by commas.
//!
//! Keys are parsed with `Ident::parse_any`, because `type` and `crate` are keywords. After an
//! error, parsing continues at the next comma, so that one mistake does not hide another.

use proc_macro2::{Span, TokenStream, TokenTree};
use syn::{
    Expr, ExprLit, Ident, Lit, LitStr, Token,
    ext::IdentExt,
    parse::{End, ParseStream, Parser},
    spanned::Spanned,
    token,
};

use super::{
    argument_end::take_argument,
    foreign::{
        expression::{report_as, report_condition, report_expression},
        hyphen::report_hyphen,
        missing_key::report_missing_key,
        separator::{
            is_name_and_equals, report_list, report_missing_comma, report_missing_equals,
            report_separator,
        },
        sigil::report_sigil,
        unquoted::report_unquoted,
    },
    suggestions::Suggestions,
};
use crate::error::Errors;

/// One argument, as written.
pub(crate) struct Arg {
    pub(crate) key: Ident,
    pub(crate) value: ArgValue,
}

/// The part of an argument after its key.
pub(crate) enum ArgValue {
    /// Nothing, as in `stream`.
    Flag,
    /// `= expression`.
    Expr(Box<Expr>),
    /// `(…)`: the tokens between the parentheses.
    List(TokenStream),
    /// A syntax error, which has been reported.
    Invalid,
}

impl Arg {
    /// Returns the key without `r#`.
    pub(crate) fn name(&self) -> String {
        self.key.unraw().to_string()
    }

    /// Returns the span of the key. Stable Rust cannot join the spans of the whole argument.
    pub(crate) fn span(&self) -> Span {
        self.key.span()
    }
}

/// Parses all arguments and reports syntax errors. For a value without a key, the error suggests
/// the key in `names` at the same position.
pub(crate) fn parse(tokens: TokenStream, names: &[&str], errors: &mut Errors) -> Vec<Arg> {
    let suggestions = Suggestions {
        keys: names,
        ..Suggestions::default()
    };
    parse_with(tokens, suggestions, errors)
}

/// Parses all arguments and reports syntax errors with `suggestions`.
pub(crate) fn parse_with(
    tokens: TokenStream,
    suggestions: Suggestions<'_>,
    errors: &mut Errors,
) -> Vec<Arg> {
    let mut args = Vec::new();
    let mut names = suggestions.keys.iter().copied();
    let parser = |input: ParseStream<'_>| {
        while !input.is_empty() {
            if let Some(arg) = parse_one(input, names.next(), suggestions, errors) {
                args.push(arg);
            }
            if input.peek(Token![,]) {
                input.parse::<Token![,]>()?;
            } else if !input.is_empty() {
                report_missing_comma(input, errors);
                if !input.peek(Ident::peek_any) && !is_quoted_key(input) {
                    take_argument(input);
                    let _: Option<Token![,]> = input.parse()?;
                }
            }
        }
        Ok(())
    };
    if let Err(error) = parser.parse2(tokens) {
        errors.push(error);
    }
    args
}

/// Returns whether a key in quotes follows, as in `"type" = "Lookup"`.
fn is_quoted_key(input: ParseStream<'_>) -> bool {
    input.peek(LitStr) && (input.peek2(Token![=]) || input.peek2(Token![:]))
}

fn parse_one(
    input: ParseStream<'_>,
    name: Option<&str>,
    suggestions: Suggestions<'_>,
    errors: &mut Errors,
) -> Option<Arg> {
    if !input.peek(Ident::peek_any) {
        report_missing_key(input, name, suggestions, errors);
        if input
            .parse::<Option<Token![#]>>()
            .is_ok_and(|hash| hash.is_some())
        {
            // The rest of the attribute is not an argument.
            let _: Result<TokenTree, _> = input.parse();
        }
        take_argument(input);
        return None;
    }
    let key = input.call(Ident::parse_any).ok()?;
    if input.peek(Token![-]) {
        report_hyphen(&key, input, errors);
        take_argument(input);
        return None;
    }
    if report_condition(&key, suggestions, input, errors)
        || report_expression(&key, name, suggestions, input, errors)
        || report_as(&key, input, errors)
    {
        take_argument(input);
        return None;
    }
    let value = parse_value(&key, input, errors);
    Some(Arg { key, value })
}

fn parse_value(key: &Ident, input: ParseStream<'_>, errors: &mut Errors) -> ArgValue {
    if input.peek(token::Paren) {
        let Ok(TokenTree::Group(group)) = input.parse::<TokenTree>() else {
            return ArgValue::Invalid;
        };
        return ArgValue::List(group.stream());
    }
    if report_separator(key, input, errors) {
        take_argument(input);
        return ArgValue::Invalid;
    }
    if report_missing_equals(key, input, errors) {
        take_argument(input);
        return ArgValue::Invalid;
    }
    let Ok(Some(equals)) = input.parse::<Option<Token![=]>>() else {
        return ArgValue::Flag;
    };
    if input.is_empty() || input.peek(Token![,]) || is_name_and_equals(input) {
        errors.error_at(equals.span(), format!("expected a value after `{key} =`"));
        return ArgValue::Invalid;
    }
    if let Some(literal) = parse_lone_literal(input) {
        return ArgValue::Expr(Box::new(literal));
    }
    if report_sigil(Some(key), input, errors) || report_list(key, input, errors) {
        take_argument(input);
        return ArgValue::Invalid;
    }
    match input.parse::<Expr>() {
        Ok(expr) if report_unquoted(key, &expr, input, errors) => {
            take_argument(input);
            ArgValue::Invalid
        }
        Ok(expr) => ArgValue::Expr(Box::new(expr)),
        Err(error) => {
            if input.is_empty() {
                let message = format!("the expression after `{key} =` is incomplete");
                errors.error_at(equals.span(), message);
            } else {
                errors.push(error);
            }
            take_argument(input);
            ArgValue::Invalid
        }
    }
}

/// Parses a value that is a single literal. Most values are literals, and parsing a literal is
/// faster than parsing an expression.
fn parse_lone_literal(input: ParseStream<'_>) -> Option<Expr> {
    if !input.peek(Lit) || !(input.peek2(Token![,]) || input.peek2(End)) {
        return None;
    }
    let lit = input.parse().ok()?;
    Some(Expr::Lit(ExprLit {
        attrs: Vec::new(),
        lit,
    }))
}

#[cfg(test)]
mod tests {
    use quote::quote;

    use super::*;

    /// Returns the keys of the arguments, and the error messages.
    fn parsed(tokens: TokenStream) -> (Vec<String>, String) {
        let mut errors = Errors::default();
        let args = parse(tokens, &[], &mut errors);
        let keys = args.iter().map(Arg::name).collect();
        (keys, errors.to_compile_errors().to_string())
    }

    #[test]
    fn each_missing_comma_is_reported() {
        for (tokens, keys) in [
            (quote!(a = "x" b = "y" c = "z"), "a b c"),
            (quote!(a = x b = y.z() c(d) e = |f| f.g), "a b c e"),
            (quote!(a(b) c d), "a c d"),
            (
                quote!(a = b.c as u8 d = if e { f } else { g } h = [i] j = 1),
                "a d h j",
            ),
        ] {
            let (found, errors) = parsed(tokens.clone());
            assert_eq!(found.join(" "), keys, "{tokens}");
            let commas = errors.matches("expected `,` before").count();
            assert_eq!(commas + 1, found.len(), "{tokens}: {errors}");
        }
    }

    #[test]
    fn an_argument_with_another_error_ends_before_the_next_one() {
        for (tokens, message) in [
            (quote!(a: "x" b = 1), "write `a = \\\"x\\\"`"),
            (quote!("a" = "x" b = 1), "write `a = \\\"x\\\"`"),
            (quote!(a = X Y b = 1), "write `a = \\\"X Y\\\"`"),
            (quote!(c.a b = 1), "write `a = c"),
            (quote!(?a b = 1), "write `a = format!"),
            (quote!(a "x" b = 1), "write `a = \\\"x\\\"`"),
            (quote!(a-c = 2 b = 1), "write `a_c`"),
        ] {
            let (found, errors) = parsed(tokens.clone());
            assert_eq!(found.last().map(String::as_str), Some("b"), "{tokens}");
            assert!(
                errors.contains("expected `,` before `b`"),
                "{tokens}: {errors}"
            );
            assert!(errors.contains(message), "{tokens}: {errors}");
        }
    }
}
