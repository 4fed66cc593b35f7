//! The shape that all attributes share: `key`, `key = expression` and `key(…)`, separated by
//! commas.
//!
//! Keys are read with `Ident::parse_any`, because `type` and `crate` are keywords. After a mistake,
//! reading goes on at the next comma, so that one slip does not hide the others.

use proc_macro2::{Span, TokenStream, TokenTree};
use syn::{
    Expr, ExprLit, Ident, Lit, Token,
    ext::IdentExt,
    parse::{End, ParseStream, Parser},
    spanned::Spanned,
    token,
};

use crate::error::Errors;

/// One argument as written.
pub(crate) struct Arg {
    pub(crate) key: Ident,
    pub(crate) value: ArgValue,
}

/// What follows the key.
pub(crate) enum ArgValue {
    /// Nothing: `stream`.
    Flag,
    /// `= expression`.
    Expr(Box<Expr>),
    /// `(…)`: what stands between the parentheses.
    List(TokenStream),
    /// Something that could not be read; the error is reported already.
    Invalid,
}

impl Arg {
    /// The key as text, without `r#`.
    pub(crate) fn name(&self) -> String {
        self.key.unraw().to_string()
    }

    /// Where the whole argument stands, as far as stable Rust can say.
    pub(crate) fn span(&self) -> Span {
        self.key.span()
    }
}

/// Reads all arguments; what cannot be read goes to `errors`. Something without a name is likely to
/// be `name`.
pub(crate) fn parse(tokens: TokenStream, name: &str, errors: &mut Errors) -> Vec<Arg> {
    let mut args = Vec::new();
    let read = |input: ParseStream<'_>| {
        while !input.is_empty() {
            if let Some(arg) = parse_one(input, name, errors) {
                args.push(arg);
            }
            if input.peek(Token![,]) {
                input.parse::<Token![,]>()?;
            } else if !input.is_empty() {
                if input.peek(Token![.]) {
                    errors.error_at(input.span(), "give the value a name: write `name = value`");
                    skip_to_comma(input);
                    let _: Option<Token![,]> = input.parse()?;
                    continue;
                }
                errors.error_at(input.span(), "expected `,` between two arguments");
                if !input.peek(Ident::peek_any) {
                    skip_to_comma(input);
                    let _: Option<Token![,]> = input.parse()?;
                }
            }
        }
        Ok(())
    };
    if let Err(error) = read.parse2(tokens) {
        errors.push(error);
    }
    args
}

fn parse_one(input: ParseStream<'_>, name: &str, errors: &mut Errors) -> Option<Arg> {
    if !input.peek(Ident::peek_any) {
        errors.error_at(input.span(), missing_key_message(input, name));
        skip_to_comma(input);
        return None;
    }
    let key = input.call(Ident::parse_any).ok()?;
    let value = parse_value(&key, input, errors);
    Some(Arg { key, value })
}

/// What to write in place of something that has no name.
fn missing_key_message(input: ParseStream<'_>, name: &str) -> String {
    if input.peek(Token![#]) {
        return "an argument has no attributes: put `#[cfg_attr(…)]` round the whole attribute"
            .to_owned();
    }
    if input.peek(Token![=]) {
        return "the name of an argument is missing before `=`".to_owned();
    }
    let found = input.to_string();
    let found = found.split(',').next().unwrap_or_default();
    format!("an argument has a name: write `{name} = {found}`")
}

fn parse_value(key: &Ident, input: ParseStream<'_>, errors: &mut Errors) -> ArgValue {
    if input.peek(Token![:]) && !input.peek(Token![::]) {
        errors.error_at(input.span(), format!("write `{key} = …`, with `=`"));
        skip_to_comma(input);
        return ArgValue::Invalid;
    }
    if input.peek(token::Paren) {
        let Ok(TokenTree::Group(group)) = input.parse::<TokenTree>() else {
            return ArgValue::Invalid;
        };
        return ArgValue::List(group.stream());
    }
    if input.peek(Token![==]) {
        errors.error_at(input.span(), format!("write `{key} = …`, with one `=`"));
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
    match input.parse::<Expr>() {
        Ok(expr) => ArgValue::Expr(Box::new(expr)),
        Err(error) => {
            errors.push(error);
            skip_to_comma(input);
            ArgValue::Invalid
        }
    }
}

/// A literal that is the whole value: the common case, which needs no parser of expressions.
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

fn skip_to_comma(input: ParseStream<'_>) {
    while !input.is_empty() && !input.peek(Token![,]) {
        if input.parse::<TokenTree>().is_err() {
            return;
        }
    }
}
