//! Reports syntax of other libraries and languages. Each message shows what to write instead.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Expr, Ident, Lit, LitStr, Token, Type, ext::IdentExt, parse::ParseStream, token};

use super::{
    argument_end::{is_next_argument, take_argument},
    literal::mime_type,
    suggestions::Suggestions,
};
use crate::error::Errors;

/// Reports an argument without a key. `name` is the key that the error suggests.
pub(super) fn report_missing_key(
    input: ParseStream<'_>,
    name: Option<&str>,
    suggestions: Suggestions<'_>,
    errors: &mut Errors,
) {
    if !report_sigil(None, input, errors) {
        let message = missing_key_message(input, name, suggestions);
        errors.error_at(input.span(), message);
    }
}

fn missing_key_message(
    input: ParseStream<'_>,
    name: Option<&str>,
    suggestions: Suggestions<'_>,
) -> String {
    if input.peek(Token![#]) {
        return "attributes are not allowed on arguments; wrap the whole attribute in `#[cfg_attr(…)]`"
            .to_owned();
    }
    if input.peek(Token![=]) {
        return "expected an argument name before `=`".to_owned();
    }
    if input.peek(token::Brace) || input.peek(token::Bracket) {
        return "expected an argument name; arguments are written `name = value`, without braces or brackets"
            .to_owned();
    }
    if input.peek(Token![,]) {
        return "expected an argument before `,`".to_owned();
    }
    if input.peek(Token![..]) || input.peek(Token![*]) {
        let found = if input.peek(Token![*]) { "*" } else { ".." };
        return format!("`{found}` is not allowed; list each argument by name");
    }
    if input.peek(Token![|]) && name.is_none() {
        return "expected a name for this closure; write `name = |value| …`".to_owned();
    }
    let found = argument_text(input);
    if input.peek(token::Paren) && found.contains(" = ") {
        return "expected an argument name; arguments are written `name = value`, without parentheses".to_owned();
    }
    if name == Some("type")
        && suggestions.keys.contains(&"sub_type")
        && let Some(mime_type) = input.fork().parse().ok().as_ref().and_then(mime_type)
    {
        return format!("the two parts of a MIME type are separate arguments; write {mime_type}");
    }
    if let Ok(Lit::Str(text)) = input.fork().parse::<Lit>() {
        let text = text.value();
        let (after, value) = value_after(input);
        let key = identifier(&text);
        match (after, key) {
            (true, Some(key)) => {
                return format!(
                    "argument names are written without quotes; write `{key} = {value}`"
                );
            }
            (false, Some(key)) if name.is_none() => {
                return format!("names are written without quotes; write `{key}`");
            }
            _ => {}
        }
    }
    let expected = format!("expected an argument name, found `{found}`");
    // A name after a character of another language, such as `$name = value`.
    let symbols = |char: char| !char.is_alphanumeric() && char != '_';
    if let Some((typed, value)) = found.split_once(" = ")
        && let Some(key) = identifier(typed.trim_matches(symbols))
    {
        return format!("{expected}; write `{key} = {value}`");
    }
    match name {
        Some(name) => format!("{expected}; write `{name} = {found}`"),
        // A reference, such as `&order.sku`.
        None if input.peek(Token![&]) => {
            format!("{expected}; write `{} = {found}`", last_name(&found))
        }
        None => format!("{expected}; arguments are written `name = value`"),
    }
}

/// Reports an expression that starts with an identifier and has no key, such as `order.sku`. `name`
/// is the key that the error suggests.
pub(super) fn report_expression(
    key: &Ident,
    name: Option<&str>,
    suggestions: Suggestions<'_>,
    input: ParseStream<'_>,
    errors: &mut Errors,
) -> bool {
    let is_path = input.peek(Token![::]) || input.peek(Token![!]) && !input.peek(Token![!=]);
    let is_condition = is_comparison(input);
    if !input.peek(Token![.]) && !is_path && !is_condition {
        return false;
    }
    let space = if is_condition { " " } else { "" };
    let expr = source_text(&format!("{key}{space}{}", argument_text(input)));
    let found = format!("expected an argument name, found `{expr}`");
    let message = match (expr.split_once(" = "), name) {
        (Some((name, value)), _) => {
            let name = name.replace(['.', ' '], "_").replace("::", "_");
            let argument = format!("{name} = {value}");
            if suggestions.properties {
                format!(
                    "`{name}` is not an argument; to send a value with the event, write `properties({argument})`"
                )
            } else {
                format!("argument names are single words; write `{argument}`")
            }
        }
        (None, _) if is_condition && suggestions.when => {
            format!("{found}; to send the event under a condition, write `when = {expr}`")
        }
        (None, Some(name)) => format!("{found}; write `{name} = {expr}`"),
        (None, None) if suggestions.properties => format!(
            "{found}; to send a value with the event, write `properties({} = {expr})`",
            last_name(&expr)
        ),
        (None, None) => format!(
            "expected a name for this expression; write `{} = {expr}`",
            last_name(&expr)
        ),
    };
    errors.error_at(key.span(), message);
    true
}

fn is_comparison(input: ParseStream<'_>) -> bool {
    input.peek(Token![>])
        || input.peek(Token![<])
        || input.peek(Token![>=])
        || input.peek(Token![<=])
        || input.peek(Token![!=])
        || input.peek(Token![&&])
        || input.peek(Token![||])
}

/// Reports `when condition` and `if condition`, without `=`.
pub(super) fn report_condition(
    key: &Ident,
    suggestions: Suggestions<'_>,
    input: ParseStream<'_>,
    errors: &mut Errors,
) -> bool {
    let has_value = !input.is_empty()
        && !input.peek(Token![,])
        && !input.peek(Token![=])
        && !input.peek(Token![:])
        && !input.peek(token::Paren)
        && !is_next_argument(Some(&TokenTree::Ident(key.clone())), input);
    if !suggestions.when || !has_value || !(key == "when" || key == "if") {
        return false;
    }
    let condition = argument_text(input);
    let message = if key == "when" {
        format!("expected `=` after `when`; write `when = {condition}`")
    } else {
        format!(
            "`if` is not an argument; to send the event under a condition, write `when = {condition}`"
        )
    };
    errors.error_at(key.span(), message);
    true
}

/// Reports `value as name`, with which other languages name a value. A cast is an expression
/// without a key.
pub(super) fn report_as(key: &Ident, input: ParseStream<'_>, errors: &mut Errors) -> bool {
    if !input.peek(Token![as]) {
        return false;
    }
    let fork = input.fork();
    let _: Result<Token![as], _> = fork.parse();
    let name = match fork.parse::<TokenTree>() {
        Ok(TokenTree::Ident(name)) => Some(name.to_string()),
        Ok(TokenTree::Literal(text)) => syn::parse2::<LitStr>(text.into_token_stream())
            .ok()
            .and_then(|text| identifier(&text.value())),
        _ => None,
    };
    let is_number = |name: &String| {
        let is_size = |size: &str| size == "size" || size.parse::<u8>().is_ok();
        name.strip_prefix(['f', 'i', 'u']).is_some_and(is_size)
    };
    let message = match name {
        Some(name) if !is_number(&name) => {
            format!("the name of a value is written before it; write `{name} = {key}`")
        }
        _ => format!(
            "expected a name for this expression; write `{key} = {key} {}`",
            argument_text(input)
        ),
    };
    errors.error_at(key.span(), message);
    true
}

/// Reports braces or brackets after `=`, where an argument takes a list in parentheses.
pub(super) fn report_list(key: &Ident, input: ParseStream<'_>, errors: &mut Errors) -> bool {
    if !takes_list(key) || !(input.peek(token::Brace) || input.peek(token::Bracket)) {
        return false;
    }
    errors.error_at(
        input.span(),
        format!(
            "`{key}` takes a list in parentheses; write `{key}({})`",
            group_text(input)
        ),
    );
    true
}

/// Returns whether the argument `key` has a list in parentheses.
fn takes_list(key: &Ident) -> bool {
    ["properties", "texts", "record", "media", "result"]
        .iter()
        .any(|name| key == name)
}

/// Returns whether `=` or `:` follows the first token, and the tokens after it.
fn value_after(input: ParseStream<'_>) -> (bool, String) {
    let fork = input.fork();
    let _: Result<TokenTree, _> = fork.parse();
    let follows = fork.peek(Token![=]) || fork.peek(Token![:]);
    (follows, value_text(&fork))
}

/// Returns the tokens up to the end of the argument, without `=`, `:`, and `>` at the start.
fn value_text(input: ParseStream<'_>) -> String {
    let fork = input.fork();
    while fork.peek(Token![=]) || fork.peek(Token![:]) || fork.peek(Token![>]) {
        let _: Result<TokenTree, _> = fork.parse();
    }
    let value = argument_text(&fork);
    if value.is_empty() {
        return "…".to_owned();
    }
    match value.split_once(" = ") {
        // A type before the value, as in `kind: &str = "Lookup"`.
        Some((ty, value)) if syn::parse_str::<Type>(ty).is_ok() => value.to_owned(),
        _ => value,
    }
}

/// Returns the identifier that is closest to a quoted name.
fn identifier(name: &str) -> Option<String> {
    let name = name.trim().replace(['-', ' ', '.'], "_");
    syn::parse_str::<TokenStream>(&name)
        .ok()
        .and_then(|tokens| syn::parse::Parser::parse2(Ident::parse_any, tokens).ok())
        .map(|ident| ident.to_string())
}

/// Reports a name with a hyphen, such as `sub-type`.
pub(super) fn report_hyphen(key: &Ident, input: ParseStream<'_>, errors: &mut Errors) {
    let fork = input.fork();
    let (mut typed, mut name) = (key.to_string(), key.to_string());
    while fork.peek(Token![-]) {
        let _: Result<Token![-], _> = fork.parse();
        let Ok(part) = fork.call(Ident::parse_any) else {
            break;
        };
        typed = format!("{typed}-{part}");
        name = format!("{name}_{part}");
    }
    errors.error_at(
        key.span(),
        format!(
            "argument names contain underscores, not hyphens; write `{name}` instead of `{typed}`"
        ),
    );
}

/// Arguments without a value.
const FLAGS: &[&str] = &["future", "stream"];

/// Returns whether the next argument is one without a value.
fn is_flag(input: ParseStream<'_>) -> bool {
    let ident = input.fork().call(Ident::parse_any);
    ident.is_ok_and(|ident| FLAGS.iter().any(|flag| ident == flag))
}

/// Reports the next argument, which no comma separates from the one before it.
pub(super) fn report_missing_comma(input: ParseStream<'_>, errors: &mut Errors) {
    let message = match input.fork().parse::<TokenTree>() {
        Ok(TokenTree::Ident(name)) => {
            format!("expected `,` before `{name}`; arguments are separated by commas")
        }
        _ => "expected `,`; arguments are separated by commas".to_owned(),
    };
    errors.error_at(input.span(), message);
}

/// Reports a literal directly after a key.
pub(super) fn report_missing_equals(
    key: &Ident,
    input: ParseStream<'_>,
    errors: &mut Errors,
) -> bool {
    if !input.peek(Lit) {
        return false;
    }
    let message = format!(
        "expected `=` after `{key}`; write `{key} = {}`",
        value_text(input)
    );
    errors.error_at(input.span(), message);
    true
}

/// Returns whether a name and `=` follow, as in `action = "look up"`.
pub(super) fn is_name_and_equals(input: ParseStream<'_>) -> bool {
    input.peek(Ident::peek_any) && input.peek2(Token![=]) && !input.peek2(Token![==])
}

/// Reports anything other than `=` or `(` between a key and its value.
pub(super) fn report_separator(key: &Ident, input: ParseStream<'_>, errors: &mut Errors) -> bool {
    let found = if input.peek(Token![==]) {
        "=="
    } else if input.peek(Token![=>]) {
        "=>"
    } else if input.peek(Token![:]) && !input.peek(Token![::]) {
        ":"
    } else if input.peek(token::Brace) || input.peek(token::Bracket) {
        let text = group_text(input);
        let message = if takes_list(key) {
            format!("expected parentheses after `{key}`; write `{key}({text})`")
        } else {
            format!("expected `=` after `{key}`; write `{key} = {text}`")
        };
        errors.error_at(input.span(), message);
        return true;
    } else {
        return false;
    };
    errors.error_at(
        input.span(),
        format!(
            "expected `=` after `{key}`, found `{found}`; write `{key} = {}`",
            value_text(input)
        ),
    );
    true
}

/// Reports `?value` and `%value`, with which tracing records a value with `Debug` or `Display`.
/// `key` is the key of the argument, if it has one.
pub(super) fn report_sigil(
    key: Option<&Ident>,
    input: ParseStream<'_>,
    errors: &mut Errors,
) -> bool {
    let (sigil, placeholder, format) = if input.peek(Token![?]) {
        ("?", "{:?}", "`Debug`")
    } else if input.peek(Token![%]) {
        ("%", "{}", "`Display`")
    } else {
        return false;
    };
    let fork = input.fork();
    let _: Result<TokenTree, _> = fork.parse();
    let value = argument_text(&fork);
    let name = key.map_or_else(|| last_name(&value), ToString::to_string);
    errors.error_at(
        input.span(),
        format!(
            "`{sigil}` is not part of an argument; to send a value in its {format} form, write \
             `{name} = format!(\"{placeholder}\", {value})`"
        ),
    );
    true
}

/// Returns the last field, variable, or method in an expression, except for a method that only
/// converts a value.
fn last_name(expr: &str) -> String {
    const CONVERSIONS: &[&str] = &[
        "as_deref",
        "as_ref",
        "as_str",
        "clone",
        "into",
        "to_owned",
        "to_string",
    ];
    let is_separator = |char: char| !char.is_alphanumeric() && char != '_';
    let is_name = |part: &&str| {
        let is_number = part.starts_with(|char: char| char.is_ascii_digit());
        !part.is_empty() && !is_number && !CONVERSIONS.contains(part)
    };
    let outside = if expr.contains('!') {
        expr.to_owned()
    } else {
        without_arguments(expr)
    };
    let last = |expr: &str| expr.split(is_separator).rfind(is_name).map(str::to_owned);
    let name = last(&outside).or_else(|| last(expr));
    match name {
        Some(name) if name.chars().any(char::is_lowercase) => name,
        // A constant.
        Some(name) => name.to_lowercase(),
        None => "name".to_owned(),
    }
}

/// Removes the parts of an expression that are in parentheses.
fn without_arguments(expr: &str) -> String {
    let mut depth = 0_usize;
    let outside = expr.chars().filter(|char| {
        match char {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 && *char != ')'
    });
    outside.collect()
}

/// Reports words without quotes, such as `type = Inventory Request`.
pub(super) fn report_unquoted(
    key: &Ident,
    value: &Expr,
    input: ParseStream<'_>,
    errors: &mut Errors,
) -> bool {
    let word = match value {
        Expr::Path(path) => path.path.get_ident(),
        _ => None,
    };
    let Some(word) = word.filter(|_| input.peek(Ident::peek_any)) else {
        return false;
    };
    let is_flag = is_flag(input);
    if is_flag || is_next_argument(Some(&TokenTree::Ident(word.clone())), input) {
        return false;
    }
    let words = format!("{} {}", value.to_token_stream(), argument_text(input));
    let span = value.to_token_stream();
    errors.error_spanned_by(
        span,
        format!("text is written in quotes; write `{key} = \"{words}\"`"),
    );
    true
}

/// Returns the source of the tokens up to the end of the argument.
fn argument_text(input: ParseStream<'_>) -> String {
    source_text(&take_argument(&input.fork()).to_string())
}

/// Returns the source inside the group at the start of the input.
fn group_text(input: ParseStream<'_>) -> String {
    match input.fork().parse::<TokenTree>() {
        Ok(TokenTree::Group(group)) if group.delimiter() != Delimiter::None => {
            let text = source_text(&group.stream().to_string());
            // Other libraries write properties as `"key": value`.
            if text.contains(':') || text.is_empty() {
                "…".to_owned()
            } else {
                text
            }
        }
        _ => "…".to_owned(),
    }
}

/// Returns tokens as they are usually written. The compiler puts spaces between all of them.
pub(crate) fn source_text(tokens: &str) -> String {
    // `&&` is an operator, and not two references. `!=` is not a macro.
    let mut text = tokens.replace(" && ", "\u{1}").replace(" != ", "\u{2}");
    for (from, to) in [
        (" . ", "."),
        (" ()", "()"),
        (" (", "("),
        ("& ", "&"),
        (" :: ", "::"),
        (":: ", "::"),
        (" !", "!"),
        (" ?", "?"),
        ("\u{1}", " && "),
        ("\u{2}", " != "),
    ] {
        text = text.replace(from, to);
    }
    // The parameter of a closure.
    if let Some((parameter, body)) = text
        .strip_prefix("| ")
        .and_then(|text| text.split_once(" |"))
    {
        return format!("|{parameter}|{body}");
    }
    text
}
