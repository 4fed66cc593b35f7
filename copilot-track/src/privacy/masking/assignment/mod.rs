//! Secrets that are recognized by the name before them, as in `api_key=…`, `"password": "…"`,
//! `Authorization: Basic …`, and `my password is …`. [`names`] lists the names in about 30
//! languages.
//!
//! | after the name | the value is masked |
//! | --- | --- |
//! | a value in quotes or between tags | if it contains a letter or digit and is not a label such as `Your password` |
//! | `=` without spaces | unless it is short, a literal (`null`), a path (`self.token`), or a call |
//! | `:`, `=` with spaces, `is`, `→` | if it is long enough and contains a digit or a symbol that words do not contain |
//! | only a space | if it contains a letter and a digit |
//!
//! Numbers, ranges, dates, and the names of technologies such as `SHA-256` are not masked after a
//! colon. A value that starts with a bracket or `$`, such as `{token}`, `<your key>`, or `[key]`,
//! is a template and is not masked.

mod link;
pub(crate) mod names;
mod secrecy;
mod value;

use crate::privacy::masking::assignment::link::{Link, SPACES, link};
use crate::privacy::masking::assignment::names::{Kind, Name};
use crate::privacy::masking::assignment::secrecy::{
    is_assigned, is_mixed, is_opaque, is_quoted, is_template,
};
use crate::privacy::masking::assignment::value::{Value, is_unquoted};
use crate::privacy::masking::haystack::{Haystack, Match, is_letter, is_space};
use crate::privacy::masking::{api_key, token};

/// The maximum length of a word before or after a value, in characters.
const WORD_CHARS: usize = 12;
/// If a value in a sentence is not a secret and has fewer bytes than this, it is read again as part
/// of the sentence.
const MAX_READ_AGAIN: usize = 64;
/// The maximum length of the parameters of digest authentication, in characters.
const DIGEST_CHARS: usize = 400;

pub(super) fn find(text: Haystack<'_>) -> Vec<Match> {
    let mut matches = Vec::new();
    let mut at = 0;
    while let Some(c) = text.char(at) {
        let next = at + c.len_utf8();
        let Some((after, link, name)) = link(text, at, c) else {
            at = next;
            continue;
        };
        let value = Value::read(text, after, link);
        if let Some((start, end)) = secret(text, value, link, name) {
            matches.push(Match {
                start,
                end,
                placeholder: placeholder(name),
            });
            at = end.max(next);
        } else {
            let sentence = matches!(link, Link::Space | Link::Phrase);
            let is_short = value.end.saturating_sub(next) < MAX_READ_AGAIN;
            // A value that is not a secret is skipped, unless it is part of a sentence, where it
            // can contain another name.
            at = if sentence && is_short {
                next
            } else {
                value.end.max(next)
            };
        }
    }
    matches
}

fn placeholder(name: Name) -> &'static str {
    match name.kind {
        Kind::Session | Kind::Authorization => token::PLACEHOLDER,
        Kind::Password | Kind::Key | Kind::Parameter => api_key::PLACEHOLDER,
    }
}

/// Returns the range of the secret in a value.
fn secret(text: Haystack<'_>, value: Value, link: Link, name: Name) -> Option<(usize, usize)> {
    let Value {
        start, end, quoted, ..
    } = value;
    if start == end || text.char(start).is_some_and(opens_template) {
        return None;
    }
    if name.kind == Kind::Authorization {
        return credentials(text, value, link, name);
    }
    if let Some(password) = after_user(text, value, name) {
        return Some(password);
    }
    let content = text.slice(start, end);
    let word = || {
        let from = text.skip_up_to(end, 1, is_space);
        text.slice(from, text.skip_up_to(from, WORD_CHARS, is_letter))
    };
    let found = if quoted {
        // `Unexpected token "else"` is not a secret, but `PASSWORD 'secret'` is one in SQL.
        link != Link::Space && is_quoted(content, name)
            || link == Link::Space && (is_mixed(content, name, "") || is_sql(text, start, name))
    } else if is_code(text, content, end) {
        false
    } else {
        match link {
            Link::Adjacent => is_assigned(content, name, is_path(content)),
            Link::Separator if value.below => is_mixed(content, name, word()),
            Link::Separator | Link::Phrase => is_opaque(content, name, word()),
            Link::Space => is_mixed(content, name, word()),
            Link::Element => false,
        }
    };
    found.then_some((start, end))
}

/// Returns the password in `credentials: user / password`.
fn after_user(text: Haystack<'_>, value: Value, name: Name) -> Option<(usize, usize)> {
    if value.quoted || !matches!(name.text, "creds" | "credentials") {
        return None;
    }
    let slash = text.skip_up_to(value.end, 1, is_space);
    if slash == value.end || !matches!(text.char(slash), Some('/' | '|' | ':')) {
        return None;
    }
    let start = text.skip_up_to(slash + 1, 1, is_space);
    let end = text.skip_while(start, is_unquoted);
    is_mixed(text.slice(start, end), name.as_password(), "").then_some((start, end))
}

/// Returns whether the quoted value at `start` follows the SQL keyword `PASSWORD` or `BY`.
fn is_sql(text: Haystack<'_>, start: usize, name: Name) -> bool {
    let end = text.skip_back(start, SPACES, |c| is_space(c) || matches!(c, '\'' | '"'));
    let from = text.skip_back(end, WORD_CHARS, |c| c.is_ascii_alphabetic());
    name.kind == Kind::Password && matches!(text.slice(from, end), "PASSWORD" | "BY")
}

/// Returns the credentials after the scheme, as in `Basic dXNlcjpwYXNz`.
fn credentials(text: Haystack<'_>, value: Value, link: Link, name: Name) -> Option<(usize, usize)> {
    let Value {
        start, end, quoted, ..
    } = value;
    let scheme_end = text.skip_while(start, is_unquoted).min(end);
    let scheme = text.slice(start, scheme_end);
    if scheme.eq_ignore_ascii_case("digest") {
        return digest_response(text, scheme_end);
    }
    let from = text.skip_up_to(scheme_end, SPACES, is_space);
    let to = if quoted {
        end
    } else {
        text.skip_while(from, is_unquoted)
    };
    if is_scheme(scheme) && to > from && from > scheme_end {
        let content = text.slice(from, to);
        return is_credential(content).then_some((from, to));
    }
    let content = text.slice(start, end);
    let word = if link == Link::Adjacent { "=" } else { "" };
    is_opaque(content, name, word).then_some((start, end))
}

/// Returns whether a word is the name of a scheme, such as `Basic` or `AWS4-HMAC-SHA256`.
fn is_scheme(word: &str) -> bool {
    let letters = word.chars().all(|c| c.is_ascii_alphabetic());
    letters || word.starts_with("AWS4-HMAC")
}

/// Returns the response in the parameters of digest authentication.
fn digest_response(text: Haystack<'_>, start: usize) -> Option<(usize, usize)> {
    const RESPONSE: &str = "response=\"";
    let line = text.skip_up_to(start, DIGEST_CHARS, |c| c != '\n');
    let from = start + text.slice(start, line).find(RESPONSE)? + RESPONSE.len();
    let end = text.skip_up_to(from, DIGEST_CHARS, |c| c.is_ascii_hexdigit());
    (end > from).then_some((from, end))
}

/// Returns whether a value after a scheme is a secret. `Signature=…` is a parameter.
fn is_credential(value: &str) -> bool {
    let inner = value.trim_end_matches('=');
    let mixed = inner.chars().skip(1).any(|c| !c.is_lowercase());
    value.len() >= 8
        && mixed
        && !is_template(value)
        && !inner.contains(['=', ' '])
        && value.len() - inner.len() < 3
}

fn opens_template(c: char) -> bool {
    matches!(c, '[' | '{' | '<' | '(' | '$')
}

/// Returns whether the value is a call, or a name that is called or indexed.
fn is_code(text: Haystack<'_>, value: &str, end: usize) -> bool {
    is_path(value) && matches!(text.char(end), Some('(' | '['))
        || value.contains('(') && is_call(value)
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

#[cfg(test)]
mod tests;
