//! Bearer tokens and JSON Web Tokens.
//!
//! A bearer token follows the word `Bearer` and has at least 16 characters, at least one of which
//! is a digit. A JSON Web Token starts with `eyJ` (`{"` in Base64) and contains at least two dots.

use crate::privacy::masking::digits::is_digit;
use crate::privacy::masking::haystack::{Haystack, Match, is_space};

pub(super) const PLACEHOLDER: &str = "[token]";

const BEARER: &str = "bearer";
const JWT: &str = "eyJ";
const MIN_BEARER_CHARS: usize = 16;
const MIN_HEADER_CHARS: usize = 10;

pub(super) fn find(text: Haystack<'_>) -> Vec<Match> {
    let mut matches = Vec::new();
    let mut at = 0;
    while let Some(c) = text.char(at) {
        if !is_base64(c) {
            at += c.len_utf8();
            continue;
        }
        let word_end = text.skip_while(at, is_base64);
        let found = jwt(text, at, word_end).or_else(|| bearer(text, at, word_end));
        at = found.as_ref().map_or(word_end, |found| found.end);
        matches.extend(found);
    }
    matches
}

fn is_base64(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_')
}

/// Returns the token whose header is the word from `start` to `word_end`.
fn jwt(text: Haystack<'_>, start: usize, word_end: usize) -> Option<Match> {
    if word_end - start < MIN_HEADER_CHARS || !text.starts_with(start, JWT) {
        return None;
    }
    let mut end = word_end;
    let mut dots = 0;
    while text.char(end) == Some('.') {
        let part = text.skip_while(end + 1, is_base64);
        if part == end + 1 && dots > 1 {
            break;
        }
        end = part;
        dots += 1;
        // A token has at most five parts.
        if dots == 4 {
            break;
        }
    }
    (dots > 1).then_some(Match {
        start,
        end,
        placeholder: PLACEHOLDER,
    })
}

/// Returns the token after the word from `start` to `word_end`, if the word is `Bearer`.
fn bearer(text: Haystack<'_>, start: usize, word_end: usize) -> Option<Match> {
    if word_end - start != BEARER.len() || !text.slice(start, word_end).eq_ignore_ascii_case(BEARER)
    {
        return None;
    }
    let mut from = word_end;
    for _ in 0..4 {
        from += text
            .char(from)
            .filter(|&c| is_space(c) || c == ':')
            .map_or(0, char::len_utf8);
    }
    if from == word_end {
        return None;
    }
    let end = text.skip_while(from, |c| {
        is_base64(c) || is_digit(c) || matches!(c, '.' | '~' | '+' | '/' | '=')
    });
    let token = text.slice(from, end).trim_end_matches('.');
    (token.len() >= MIN_BEARER_CHARS && token.contains(is_digit)).then_some(Match {
        start: from,
        end: from + token.len(),
        placeholder: PLACEHOLDER,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::privacy::masking::tests::table::table;

    #[test]
    fn tokens() {
        let part = "a1B2_-".repeat(4);
        let jwt = format!("({JWT}{part}.{JWT}{part}.{part})");
        let unsigned = format!("{JWT}{part}.{part}. Next");
        let last = format!("{JWT}{part}.{part}.{part}.");
        let bearer = format!("Authorization: Bearer {part}.~+/== x");
        table(
            find,
            &[
                (&jwt, "([token])"),
                (&unsigned, "[token] Next"),
                (&last, "[token]."),
                (&bearer, "Authorization: Bearer [token] x"),
            ],
            &[
                "bearer of good news",
                "Bearer authentication-of-requests",
                "eyJ",
                "eyJ.a.b",
                "Bearer",
                "bearer: short1",
                "pallbearer 1234567890123456789",
            ],
        );
    }
}
