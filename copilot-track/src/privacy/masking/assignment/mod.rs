//! Secrets that are recognized by the name before them, as in `api_key=…`, `"password": "…"`,
//! `Authorization: Basic …`, and `my password is …`.
//!
//! | after the name | the value is masked |
//! | --- | --- |
//! | a quoted value | if it contains a letter or digit |
//! | `=` without spaces | unless it is short, a literal (`null`), a path (`self.token`), or a call |
//! | `:`, `=` with spaces, `is` | if it is long enough and contains a digit or a symbol that words do not contain |
//!
//! A value that starts with a bracket or `$`, such as `{token}`, `<your key>`, or `[key]`, is a
//! template and is not masked.

use crate::privacy::masking::digits::is_digit;
use crate::privacy::masking::haystack::{Haystack, Match, is_quote, is_space};
use crate::privacy::masking::{api_key, token};

/// The names of secrets, with `_`, `-`, and spaces removed.
const NAMES: [&str; 19] = [
    "apikey",
    "accesskey",
    "accountkey",
    "secretkey",
    "privatekey",
    "authkey",
    "signingkey",
    "encryptionkey",
    "token",
    "secret",
    "password",
    "passwort",
    "passwd",
    "passphrase",
    "passcode",
    "pwd",
    "authorization",
    "credential",
    "credentials",
];
/// The length of the longest name, including separators.
const NAME_CHARS: usize = 20;
const SPACES: usize = 4;

pub(super) fn find(text: Haystack<'_>) -> Vec<Match> {
    let mut matches = Vec::new();
    let mut at = 0;
    while let Some(c) = text.char(at) {
        let next = at + c.len_utf8();
        let Some(after) = separator(text, at, c) else {
            at = next;
            continue;
        };
        let Some(name) = name_before(text, at) else {
            at = next;
            continue;
        };
        let value_at = text.skip_up_to(after, SPACES, is_space);
        let adjacent = c == '=' && value_at == after && !text.before(at).is_some_and(is_space);
        let (end, found) = value(text, value_at, name, adjacent);
        // A value that is not a secret is skipped.
        at = end.max(next);
        matches.extend(found);
    }
    matches
}

/// Returns the end of the separator at `at`, which is `=`, `:`, `:=`, `=>`, or ` is `. `==` and
/// `::` are not separators.
fn separator(text: Haystack<'_>, at: usize, c: char) -> Option<usize> {
    let after = at + c.len_utf8();
    match (c, text.char(after)) {
        ('=', Some('=' | '~')) | (':', Some(':')) => None,
        ('=', Some('>')) | (':', Some('=')) => Some(after + 1),
        ('=' | ':' | '＝' | '：', _) => Some(after),
        (' ', Some('i')) if text.starts_with(after, "is ") => Some(after + 3),
        _ => None,
    }
}

/// Returns the name that ends at `end`, if it is one of [`NAMES`].
fn name_before(text: Haystack<'_>, end: usize) -> Option<&'static str> {
    let end = text.skip_back(end, SPACES, is_space);
    let end = text.skip_back(end, 1, is_quote);
    let end = text.skip_back(end, 1, |c| c == '\\');
    let start = text.skip_back(end, NAME_CHARS, |c| {
        c.is_ascii_alphabetic() || matches!(c, '_' | '-' | ' ')
    });
    let words = text.slice(start, end);
    let letters: String = words
        .chars()
        .filter(char::is_ascii_alphabetic)
        .map(|c| c.to_ascii_lowercase())
        .collect();
    NAMES.iter().find(|name| letters.ends_with(*name)).copied()
}

/// Returns the end of the value at `at`, and the match if the value is a secret.
fn value(text: Haystack<'_>, at: usize, name: &str, adjacent: bool) -> (usize, Option<Match>) {
    let escaped = text.char(at) == Some('\\');
    let quote_at = if escaped { at + 1 } else { at };
    let mut start = at;
    if let Some(quote) = text.char(quote_at).filter(|&c| is_quote(c)) {
        start = quote_at + 1;
        if let Some(end) = closing_quote(text, start, quote, escaped) {
            let secret =
                !is_template(text, start) && text.slice(start, end).contains(char::is_alphanumeric);
            return (end, secret.then(|| key_match(start, end)));
        }
    }
    if is_template(text, start) {
        return (start, None);
    }
    let end = text.skip_while(start, is_unquoted);
    if name == "authorization" {
        return credentials(text, start, end);
    }
    let value = text.slice(start, end);
    let path = is_path(value);
    let code =
        path && matches!(text.char(end), Some('(' | '[')) || value.contains('(') && is_call(value);
    let secret = !code
        && if adjacent {
            is_assigned(value, name, path)
        } else {
            is_opaque(value, name)
        };
    (end, secret.then(|| key_match(start, end)))
}

fn key_match(start: usize, end: usize) -> Match {
    Match {
        start,
        end,
        placeholder: api_key::PLACEHOLDER,
    }
}

/// Matches the credentials after the scheme, as in `Basic dXNlcjpwYXNz`.
fn credentials(text: Haystack<'_>, start: usize, end: usize) -> (usize, Option<Match>) {
    let from = text.skip_up_to(end, SPACES, is_space);
    let to = text.skip_while(from, is_unquoted);
    let is_secret = |value: &str| value.len() >= 8 && value.contains(|c: char| !c.is_lowercase());
    let scheme = text
        .slice(start, end)
        .chars()
        .all(|c| c.is_ascii_alphabetic());
    if scheme && from > end && is_secret(text.slice(from, to)) {
        let placeholder = token::PLACEHOLDER;
        return (
            to,
            Some(Match {
                start: from,
                end: to,
                placeholder,
            }),
        );
    }
    let secret = is_opaque(text.slice(start, end), "token");
    (end, secret.then(|| key_match(start, end)))
}

/// Returns the position of the quote that closes the value on the same line. A line is searched at
/// most once for each kind of quote.
fn closing_quote(text: Haystack<'_>, start: usize, quote: char, escaped: bool) -> Option<usize> {
    let mut at = start;
    let mut before = None;
    loop {
        let c = text.char(at).filter(|&c| c != '\n')?;
        let after_backslash = before == Some('\\');
        if c == quote && after_backslash == escaped {
            return Some(if escaped { at - 1 } else { at });
        }
        before = Some(c);
        at += c.len_utf8();
    }
}

fn is_template(text: Haystack<'_>, at: usize) -> bool {
    matches!(text.char(at), Some('[' | '{' | '<' | '(' | '$'))
}

fn is_unquoted(c: char) -> bool {
    !c.is_whitespace()
        && !is_quote(c)
        && !matches!(
            c,
            ',' | ';' | '&' | '<' | '>' | ')' | '}' | ']' | '[' | '\\' | '，' | '。' | '；' | '、'
        )
}

/// Returns whether the value is a name or consists of several names joined by dots or colons.
fn is_path(value: &str) -> bool {
    !value.starts_with(|c: char| c.is_numeric())
        && value
            .chars()
            .all(|c| c.is_alphabetic() || matches!(c, '_' | '.' | ':'))
}

fn is_call(value: &str) -> bool {
    value.split('(').next().is_some_and(|callee| {
        callee.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && callee
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | ':'))
    })
}

fn is_password(name: &str) -> bool {
    name.starts_with('p') && name != "privatekey"
}

const LITERALS: [&str; 11] = [
    "none",
    "null",
    "nil",
    "true",
    "false",
    "undefined",
    "required",
    "optional",
    "string",
    "str",
    "self",
];

/// Returns whether a value directly after `=` is a secret.
fn is_assigned(value: &str, name: &str, path: bool) -> bool {
    let lower = value.to_ascii_lowercase();
    let min_chars = if is_password(name) { 1 } else { 4 };
    value.chars().count() >= min_chars
        && value.contains(char::is_alphanumeric)
        && !LITERALS.contains(&lower.as_str())
        && !lower.replace(['_', '-'], "").ends_with(name)
        && !(path && lower.trim_end_matches('.').contains('.'))
}

/// Returns whether a value is long enough to be a secret and does not look like a word, a name, or
/// a decimal number.
fn is_opaque(value: &str, name: &str) -> bool {
    let min_chars = if is_password(name) { 4 } else { 8 };
    let worded = |c: char| {
        c.is_alphabetic()
            || matches!(
                c,
                '_' | '-' | '.' | '?' | '!' | '/' | ':' | '(' | '’' | '…' | '*' | '|' | '='
            )
    };
    let number = value.split('.').count() == 2 && value.chars().all(|c| is_digit(c) || c == '.');
    value.chars().count() >= min_chars
        && value.contains(char::is_alphanumeric)
        && value.contains(|c| !worded(c))
        && !number
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::privacy::masking::tests::table::table;

    #[test]
    fn assignments() {
        let basic = format!("Authorization: Basic {}", "QWxh".repeat(4));
        table(
            find,
            &[
                ("api_key=abcd1234, next", "api_key=[key], next"),
                ("?access_token=abcdef&x=1", "?access_token=[key]&x=1"),
                ("PASSWORD=letmein", "PASSWORD=[key]"),
                (
                    r#"{"password": "correct horse", "a": 1}"#,
                    r#"{"password": "[key]", "a": 1}"#,
                ),
                (
                    r#"{\"client_secret\":\"a b\"}"#,
                    r#"{\"client_secret\":\"[key]\"}"#,
                ),
                ("password: hunter2", "password: [key]"),
                ("My password is hunter2!", "My password is [key]"),
                ("the API key is abc123def456", "the API key is [key]"),
                ("dbPassword = 'x'", "dbPassword = '[key]'"),
                ("password='it is open\n", "password='[key] is open\n"),
                (&basic, "Authorization: Basic [token]"),
                ("secret := s3cr3t-value", "secret := [key]"),
                ("ｐ password：hunter2", "ｐ password：[key]"),
            ],
            &[
                "Your password: it must be long",
                "The password is case-sensitive.",
                "Password: minimum 8 characters",
                "token = next_token()",
                "token=get_token(1)",
                "password: string",
                "fn f(token: &str, secret: [u8; 32])",
                "password=None",
                "password=password",
                "token=self.token",
                "token=os.environ['X']",
                "password={password}",
                "token=$TOKEN",
                "key: value",
                "max_tokens=100",
                "cost per token: 0.000003",
                "token: 1500",
                "token == abcd1234",
                "Token::Kind1234",
                "password=",
                "password: ********",
                "api_key=[key]",
                "secret: Option<String>",
                "authorization: required for all",
                "monkey=12345678",
            ],
        );
    }
}
