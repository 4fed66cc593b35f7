//! The argument lists of attributes: `key`, `key = expression`, and `key(…)`.

use proc_macro2::{Span, TokenStream};
use syn::ext::IdentExt as _;
use syn::parse::{Parse, ParseStream, Parser as _};
use syn::punctuated::Punctuated;
use syn::{Expr, Ident, Lit, Macro, Path, Token};

/// One argument.
pub(super) struct Arg {
    pub(super) name: String,
    pub(super) span: Span,
    pub(super) value: ArgValue,
}

pub(super) enum ArgValue {
    Flag,
    Expr(Box<Expr>),
    List(TokenStream),
}

impl Parse for Arg {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let key = Ident::parse_any(input)?;
        let value = if input.peek(Token![=]) {
            input.parse::<Token![=]>()?;
            ArgValue::Expr(Box::new(input.parse()?))
        } else if input.peek(syn::token::Paren) {
            let content;
            syn::parenthesized!(content in input);
            ArgValue::List(content.parse()?)
        } else {
            ArgValue::Flag
        };
        Ok(Self {
            name: key.unraw().to_string(),
            span: key.span(),
            value,
        })
    }
}

/// Parses a list. Returns no arguments if the list is not valid.
pub(super) fn parse(tokens: TokenStream) -> Vec<Arg> {
    let parser = Punctuated::<Arg, Token![,]>::parse_terminated;
    parser
        .parse2(tokens)
        .map(|args| args.into_iter().collect())
        .unwrap_or_default()
}

impl Arg {
    /// Returns the string of `key = "…"`.
    pub(super) fn text(&self) -> Option<String> {
        match &self.value {
            ArgValue::Expr(expr) => string_literal(expr),
            _ => None,
        }
    }

    /// Returns whether the argument is a flag or is `true`.
    pub(super) fn is_set(&self) -> bool {
        match &self.value {
            ArgValue::Flag => true,
            ArgValue::Expr(expr) => {
                !matches!(&**expr, Expr::Lit(lit) if matches!(&lit.lit, Lit::Bool(lit) if !lit.value))
            }
            ArgValue::List(_) => false,
        }
    }

    /// Returns the arguments of `key(…)`.
    pub(super) fn list(&self) -> Vec<Arg> {
        match &self.value {
            ArgValue::List(tokens) => parse(tokens.clone()),
            _ => Vec::new(),
        }
    }
}

/// Returns the value of a string literal, also in parentheses and in `concat!`.
pub(super) fn string_literal(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Lit(lit) => match &lit.lit {
            Lit::Str(text) => Some(text.value()),
            _ => None,
        },
        Expr::Group(group) => string_literal(&group.expr),
        Expr::Paren(paren) => string_literal(&paren.expr),
        Expr::Reference(reference) => string_literal(&reference.expr),
        Expr::Macro(call) if is_last(&call.mac.path, "concat") => concatenated(&call.mac),
        _ => None,
    }
}

/// Returns the text of `concat!("…", …)`, if all arguments are strings.
fn concatenated(mac: &Macro) -> Option<String> {
    let parser = Punctuated::<Expr, Token![,]>::parse_terminated;
    let parts = parser.parse2(mac.tokens.clone()).ok()?;
    parts.iter().map(string_literal).collect()
}

/// Returns whether the last segment of a path is `name`.
pub(super) fn is_last(path: &Path, name: &str) -> bool {
    path.segments.last().is_some_and(|last| last.ident == name)
}
