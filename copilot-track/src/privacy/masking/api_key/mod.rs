//! API keys with an issuer's prefix.
//!
//! The prefix must be followed by at least 16 characters, each of which is a letter, a digit, a
//! dash, or an underscore. At least one of them must be a digit, because CSS class names can also
//! start with `sk-`. [`prefixes`] lists the prefixes, and [`forms`] recognizes keys without a
//! prefix.

mod forms;
mod prefixes;

use crate::privacy::masking::api_key::forms::form;
use crate::privacy::masking::api_key::prefixes::{EXACT, LONG, PREFIXES, RANDOM};
use crate::privacy::masking::digits::is_digit;
use crate::privacy::masking::haystack::{Haystack, Match};

pub(super) const PLACEHOLDER: &str = "[key]";

const MIN_CHARS: usize = 16;

pub(super) fn find(text: Haystack<'_>) -> Vec<Match> {
    let mut matches = Vec::new();
    let mut at = 0;
    while let Some(c) = text.char(at) {
        if !is_key_char(c) {
            at += c.len_utf8();
            continue;
        }
        // A key is a whole word, so no key starts in the middle of this word.
        let word_end = text.skip_while(at, is_key_char);
        let long = word_end - at >= MIN_CHARS;
        if !long && !matches!(text.char(word_end), Some('.' | '~')) {
            at = word_end;
            continue;
        }
        let prefix = PREFIXES
            .iter()
            .find(|prefix| prefix.starts_with(c) && text.starts_with(at, prefix));
        let end = prefix
            .and_then(|prefix| key_end(text, at, prefix, word_end))
            .or_else(|| whole_word_key(text, at, c, word_end))
            .or_else(|| form(text, at, word_end));
        if let Some(end) = end {
            matches.push(Match {
                start: at,
                end,
                placeholder: PLACEHOLDER,
            });
        }
        at = end.unwrap_or(word_end);
    }
    matches
}

fn is_key_char(c: char) -> bool {
    c.is_ascii_alphabetic() || is_digit(c) || matches!(c, '-' | '_')
}

fn key_end(text: Haystack<'_>, start: usize, prefix: &str, word_end: usize) -> Option<usize> {
    let body = start + prefix.len();
    let end = if prefix.ends_with('.') {
        // Only two parts are read, so that the search stays bounded.
        let end = text.skip_while(body, is_key_char);
        match text.char(end) {
            Some('.') => text.skip_while(end + 1, is_key_char).max(end),
            _ => end,
        }
    } else {
        word_end
    };
    let body = text.slice(body, end);
    (body.len() >= MIN_CHARS && body.contains(is_digit) && !is_name(body)).then_some(end)
}

/// Returns whether the text after a prefix consists of words and short numbers, as in
/// `sk-circle-fade-in-20`.
fn is_name(body: &str) -> bool {
    body.split(['-', '_']).all(|part| {
        part.len() < MIN_CHARS
            && (part.chars().all(|c| c.is_ascii_lowercase())
                || part.len() < 5 && part.chars().all(is_digit))
    })
}

/// Returns the end of a key that is recognized by its prefix and by the length or the characters of
/// the rest.
fn whole_word_key(text: Haystack<'_>, start: usize, c: char, word_end: usize) -> Option<usize> {
    let starts = |prefix: &str| prefix.starts_with(c) && text.starts_with(start, prefix);
    let is_exact = EXACT.iter().any(|&(prefix, chars, hex)| {
        let body = start + prefix.len();
        word_end == body + chars
            && starts(prefix)
            && (text.slice(body, word_end).chars())
                .all(|c| c.is_ascii_hexdigit() || !hex && c.is_ascii_alphanumeric())
            && text.slice(body, word_end).contains(is_digit)
    });
    let is_long = LONG.iter().any(|&(prefix, min_chars)| {
        let body = start + prefix.len();
        word_end >= body + min_chars
            && starts(prefix)
            && text.slice(body, word_end).contains(is_digit)
    });
    let is_random = || {
        RANDOM.iter().any(|prefix| {
            starts(prefix) && has_random_run(text.slice(start + prefix.len(), word_end))
        })
    };
    (is_exact || is_long || is_random()).then_some(word_end)
}

/// Returns whether a key contains 16 adjacent letters and digits, of which at least two are digits.
/// The names of functions and CSS classes do not contain such a run.
fn has_random_run(body: &str) -> bool {
    body.split(['-', '_'])
        .any(|run| run.len() >= MIN_CHARS && run.chars().filter(|&c| is_digit(c)).count() > 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::privacy::masking::tests::table::table;

    #[test]
    fn keys() {
        let body = "a1B2".repeat(6);
        for prefix in PREFIXES {
            let key = format!("use {prefix}{body}, please");
            table(find, &[(&key, "use [key], please")], &[]);
        }
        let two_parts = format!("SG.{body}.{body}.");
        table(
            find,
            &[(&two_parts, "[key].")],
            &[
                "SK hynix makes 0123456789abcdef0123456789abcdef",
                "SK0123456789abcdef0123456789abcdef0",
                "key-value-store-number-12",
                "EAAA1234567890123456",
                "12:AAa1B2a1B2a1B2a1B2a1B2a1B2a1B2a1B2c",
                "sk-1",
                "sk-circle-fade-loading-spinner",
                "sk-circle-fade-in-20",
                "AKIA",
                "task-1234567890123456789",
                "SG.x.1.y.2.z",
                "hf_hub_download_url",
                "npm_config_registry",
            ],
        );
    }
}
