//! Splits a query into terms.
//!
//! A term is a filter (`name:value`), a quoted text, or a run of words. The value of a filter can
//! be quoted too. In quotes, `\"` is a quote and `\\` is a backslash. A quote without its
//! counterpart extends to the end of the query, so that a query can be searched while it is typed.

/// The maximum length of a query, in bytes.
pub(crate) const MAX_QUERY_BYTES: usize = 2_000;
/// The maximum number of terms in a query.
pub(crate) const MAX_TERMS: usize = 20;

/// A term of a query.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Term {
    /// Text that an event contains.
    Text(String),
    /// A filter, with its name in lowercase.
    Filter { name: String, value: String },
}

/// Splits a query into terms. The words between two other terms form one term, together with the
/// whitespace between them.
pub(crate) fn parse(query: &str) -> Vec<Term> {
    let mut terms = Vec::new();
    // The words that are not yet in a term, and all text after them.
    let mut words: Option<&str> = None;
    let mut rest = query.trim_start();
    while !rest.is_empty() {
        let quoted = rest.strip_prefix('"');
        let filter = filter(rest);
        if quoted.is_none() && filter.is_none() {
            words.get_or_insert(rest);
            rest = split_word(rest).1.trim_start();
            continue;
        }
        add_words(&mut terms, words.take(), rest);
        rest = if let Some(quoted) = quoted {
            let (text, after) = unquote(quoted);
            terms.push(Term::Text(text));
            after
        } else if let Some((name, value)) = filter {
            let (value, after) = if let Some(quoted) = value.strip_prefix('"') {
                unquote(quoted)
            } else {
                let (value, after) = split_word(value);
                (value.to_owned(), after)
            };
            let name = name.to_ascii_lowercase();
            terms.push(Term::Filter { name, value });
            after
        } else {
            ""
        }
        .trim_start();
    }
    add_words(&mut terms, words, "");
    terms
}

/// Adds a term with the words in `words` that precede `rest`.
fn add_words(terms: &mut Vec<Term>, words: Option<&str>, rest: &str) {
    let words = words.and_then(|words| words.strip_suffix(rest));
    if let Some(words) = words {
        terms.push(Term::Text(words.trim_end().to_owned()));
    }
}

/// Returns the name of the filter with which `text` begins, and the text after its colon. A URL
/// such as `https://example.com` is not a filter.
fn filter(text: &str) -> Option<(&str, &str)> {
    let (name, value) = text.split_once(':')?;
    let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphabetic());
    (is_name && !value.starts_with("//")).then_some((name, value))
}

/// Splits off the characters before the first whitespace.
fn split_word(text: &str) -> (&str, &str) {
    text.split_at(text.find(char::is_whitespace).unwrap_or(text.len()))
}

/// Returns the text before the closing quote, without escapes, and the remaining text.
fn unquote(text: &str) -> (String, &str) {
    let mut unquoted = String::new();
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return (unquoted, text.get(at + 1..).unwrap_or_default()),
            '\\' => match characters.next() {
                Some((_, escaped @ ('"' | '\\'))) => unquoted.push(escaped),
                Some((_, other)) => unquoted.extend(['\\', other]),
                None => unquoted.push('\\'),
            },
            other => unquoted.push(other),
        }
    }
    (unquoted, "")
}
