//! The syntax of all argument lists: `key`, `key = expression`, and `key(…)`, separated by commas.
//!
//! Keys are parsed with `Ident::parse_any`, because `type` and `crate` are keywords. After an
//! error, parsing continues at the next comma, so that one mistake does not hide another.

use proc_macro2::{Span, TokenStream, TokenTree};
use syn::{
    Expr, ExprLit, Ident, Lit, Token,
    ext::IdentExt,
    parse::{End, ParseStream, Parser},
    spanned::Spanned,
    token,
};

use crate::{error::Errors, meta::foreign};

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
    let mut args = Vec::new();
    let mut names = names.iter().copied();
    let parser = |input: ParseStream<'_>| {
        while !input.is_empty() {
            if let Some(arg) = parse_one(input, names.next(), errors) {
                args.push(arg);
            }
            if input.peek(Token![,]) {
                input.parse::<Token![,]>()?;
            } else if !input.is_empty() {
                errors.error_at(input.span(), "expected `,` between arguments");
                if !input.peek(Ident::peek_any) {
                    skip_to_comma(input);
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

fn parse_one(input: ParseStream<'_>, name: Option<&str>, errors: &mut Errors) -> Option<Arg> {
    if !input.peek(Ident::peek_any) {
        foreign::report_missing_key(input, name, errors);
        skip_to_comma(input);
        return None;
    }
    let key = input.call(Ident::parse_any).ok()?;
    if input.peek(Token![-]) {
        foreign::report_hyphen(&key, input, errors);
        skip_to_comma(input);
        return None;
    }
    if foreign::report_expression(&key, input, errors) {
        skip_to_comma(input);
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
    if foreign::report_separator(key, input, errors) {
        skip_to_comma(input);
        return ArgValue::Invalid;
    }
    let Ok(Some(equals)) = input.parse::<Option<Token![=]>>() else {
        return ArgValue::Flag;
    };
    if input.is_empty() || input.peek(Token![,]) {
        errors.error_at(equals.span(), format!("expected a value after `{key} =`"));
        return ArgValue::Invalid;
    }
    if let Some(literal) = parse_lone_literal(input) {
        return ArgValue::Expr(Box::new(literal));
    }
    if foreign::report_sigil(Some(key), input, errors) || foreign::report_list(key, input, errors) {
        skip_to_comma(input);
        return ArgValue::Invalid;
    }
    match input.parse::<Expr>() {
        Ok(expr) if foreign::report_unquoted(key, &expr, input, errors) => {
            skip_to_comma(input);
            ArgValue::Invalid
        }
        Ok(expr) => ArgValue::Expr(Box::new(expr)),
        Err(error) => {
            errors.push(error);
            skip_to_comma(input);
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

/// Skips the tokens up to the next comma, or to the end.
fn skip_to_comma(input: ParseStream<'_>) {
    while !input.is_empty() && !input.peek(Token![,]) {
        if input.parse::<TokenTree>().is_err() {
            return;
        }
    }
}
