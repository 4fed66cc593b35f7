//! The values of cookies in the `Cookie` and `Set-Cookie` headers and in `document.cookie`.
//!
//! A value is masked if it has at least eight characters and contains either a digit and at least
//! two letters, or at least 20 letters. Versions, dates, and locales usually meet neither
//! condition. Attributes such as `Max-Age` are not masked. The assignment finder masks session
//! cookies outside of headers, such as `PHPSESSID=…`.

use crate::privacy::masking::digits::is_digit;
use crate::privacy::masking::haystack::{Haystack, Match, is_quote, is_space};
use crate::privacy::masking::token::PLACEHOLDER;

const MIN_CHARS: usize = 8;
const SPACES: usize = 4;

/// Every cookie header or option contains at least one of these strings.
const MARKS: [&str; 3] = ["ookie", "OOKIE", "-b "];

pub(super) fn find(text: Haystack<'_>) -> Vec<Match> {
    let mut matches = Vec::new();
    if !MARKS.iter().any(|mark| text.contains(mark)) {
        return matches;
    }
    let mut at = 0;
    while let Some(c) = text.char(at) {
        if let Some(start) = header(text, at, c) {
            at = cookies(text, start, &mut matches);
        } else {
            at += c.len_utf8();
        }
    }
    matches
}

/// Returns the start of the cookies after the header name or the option at `at`.
fn header(text: Haystack<'_>, at: usize, c: char) -> Option<usize> {
    match c {
        'c' | 'C' => {
            let end = at + "cookie".len();
            let named = text.slice(at, end).eq_ignore_ascii_case("cookie");
            if !named || text.before(at).is_some_and(char::is_alphabetic) {
                return None;
            }
            let end = text.skip_up_to(end, 2, |c| is_quote(c) || c == '\\');
            let end = text.skip_up_to(end, 1, |c| c == ']');
            let separator = text.skip_up_to(end, SPACES, is_space);
            let after = match text.char(separator)? {
                ':' | '=' => separator + 1,
                // `--cookie "…"`
                '"' | '\'' if text.starts_with(at.saturating_sub(2), "--") => separator,
                _ => return None,
            };
            Some(value_start(text, after))
        }
        '-' if text.starts_with(at, "-b ") && text.before(at).is_none_or(is_space) => {
            Some(value_start(text, at + 2))
        }
        _ => None,
    }
}

fn value_start(text: Haystack<'_>, after: usize) -> usize {
    let start = text.skip_up_to(after, SPACES, is_space);
    text.skip_up_to(start, 2, |c| is_quote(c) || c == '\\')
}

/// Adds the values of the cookies that start at `at`, and returns the end of the last cookie.
fn cookies(text: Haystack<'_>, mut at: usize, matches: &mut Vec<Match>) -> usize {
    loop {
        let name_end = text.skip_while(at, |c| is_value(c) && c != '=');
        if text.char(name_end) != Some('=') || name_end == at {
            return name_end;
        }
        let start = text.skip_up_to(name_end + 1, 1, is_quote);
        let end = text.skip_while(start, is_value);
        let name = text.slice(at, name_end);
        if !is_attribute(name) && is_identifier(text.slice(start, end)) {
            matches.push(Match {
                start,
                end,
                placeholder: PLACEHOLDER,
            });
        }
        let closed = text.skip_up_to(end, 1, is_quote);
        if text.char(closed) != Some(';') {
            return end;
        }
        at = text.skip_up_to(closed + 1, SPACES, is_space);
    }
}

fn is_value(c: char) -> bool {
    !c.is_whitespace()
        && !is_quote(c)
        && !matches!(c, ';' | ',' | '\\' | '<' | '>' | '[' | '{' | '$')
}

fn is_attribute(name: &str) -> bool {
    ["expires", "max-age", "domain", "path", "samesite"]
        .iter()
        .any(|attribute| name.eq_ignore_ascii_case(attribute))
}

/// Returns whether the value of a cookie can identify a person or a session.
fn is_identifier(value: &str) -> bool {
    let letters = value.chars().filter(char::is_ascii_alphabetic).count();
    value.len() >= MIN_CHARS && (value.contains(is_digit) && letters > 1 || letters >= 20)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::privacy::masking::tests::table::table;

    #[test]
    fn headers() {
        table(
            find,
            &[
                (
                    "Cookie: theme=dark; sid=a1b2c3d4e5; lang=en",
                    "Cookie: theme=dark; sid=[token]; lang=en",
                ),
                (
                    "set-cookie: a=\"a1b2c3d4\"; Max-Age=3600; Path=/; Secure",
                    "set-cookie: a=\"[token]\"; Max-Age=3600; Path=/; Secure",
                ),
                (
                    "document.cookie = 'x=a1b2c3d4'",
                    "document.cookie = 'x=[token]'",
                ),
                (
                    r#"{"Cookie": "x=a1b2c3d4; y=e5f6a7b8"}"#,
                    r#"{"Cookie": "x=[token]; y=[token]"}"#,
                ),
                (
                    r#"{\"cookie\":\"x=a1b2c3d4\"}"#,
                    r#"{\"cookie\":\"x=[token]\"}"#,
                ),
                ("curl -b 'x=a1b2c3d4' y", "curl -b 'x=[token]' y"),
                (
                    "curl --cookie \"x=a1b2c3d4\"",
                    "curl --cookie \"x=[token]\"",
                ),
                ("Cookie: a=b1c2d3e4f5=; c=d", "Cookie: a=[token]; c=d"),
            ],
            &[
                "Cookie: theme=dark; lang=en-US; tz=UTC",
                "Set-Cookie: a=b; Expires=Wed, 21 Oct 2026 07:28:00 GMT",
                "Set-Cookie: a=b; Domain=a1.example.com; Path=/a1b2c3d4e5",
                "Cookie: x={token12345}; y=$TOKEN12345",
                "Cookie: consent",
                "cookies: x=a1b2c3d4",
                "fortune cookie x=a1b2c3d4",
                "Cookie:",
                "cookie recipe",
                "cut -b 12345678",
            ],
        );
    }
}
