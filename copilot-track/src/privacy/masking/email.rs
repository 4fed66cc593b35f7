//! Email addresses.
//!
//! The finder reads the text once and remembers where a possible local part started. A rejected
//! domain may be the local part of the next address.
//!
//! A domain must contain a dot, so `me@localhost` does not match. The last label must start with a
//! letter. The domain must not start like a version number, as in `package@1.2.3-rc.x1`. File names
//! such as `logo@2x.png`, calls such as `this@Main.finish()`, and the `git@` user of a repository
//! do not match either.

use crate::privacy::masking::digits::is_digit;
use crate::privacy::masking::haystack::{Haystack, Match, is_invisible, is_letter};

pub(super) const PLACEHOLDER: &str = "[email]";

/// The maximum length of a quoted local part, as defined in RFC 5321.
const QUOTED_CHARS: usize = 64;

pub(super) fn find(text: Haystack<'_>) -> Vec<Match> {
    let mut matches = Vec::new();
    let mut at = 0;
    // The start of the run of local-part characters that ends at `at`.
    let mut name = 0;
    // Everything before this position is already masked.
    let mut done = 0;
    while let Some(c) = text.char(at) {
        let Some(after) = at_sign(text, at, c) else {
            // Leading quotes and dots belong to the sentence, not to the address.
            let in_front = name == at && !c.is_alphanumeric() && !matches!(c, '_' | '+');
            at += c.len_utf8();
            if !is_name(c) || in_front {
                name = at;
            }
            continue;
        };
        let run_end = text.skip_while(after, |c| is_label(c) || c == '.');
        let domain = domain_end(text, after, run_end).filter(|&end| !is_code(text, name, at, end));
        match domain {
            Some(end) if name < at || quoted(text, at, done).is_some() => {
                matches.push(Match {
                    start: quoted(text, at, done).unwrap_or(name),
                    end,
                    placeholder: PLACEHOLDER,
                });
                at = end;
                name = end;
                done = end;
            }
            _ => {
                // `%40` can be part of a local part; `@` cannot.
                if c != '%' {
                    name = after;
                }
                at = run_end;
            }
        }
    }
    matches
}

/// Returns the end of the `@` at `at`. In a URL, the `@` may be written as `%40`.
fn at_sign(text: Haystack<'_>, at: usize, c: char) -> Option<usize> {
    match c {
        '@' | '＠' | '﹫' => Some(at + c.len_utf8()),
        '%' if text.starts_with(at, "%40") => Some(at + 3),
        _ => None,
    }
}

/// Returns the start of a quoted local part that ends at `end`, as in `"jane doe"@example.com`.
fn quoted(text: Haystack<'_>, end: usize, done: usize) -> Option<usize> {
    if text.before(end) != Some('"') {
        return None;
    }
    let close = end - 1;
    let inner = text.skip_back(close, QUOTED_CHARS, |c| {
        !matches!(c, '"' | '\n' | ':' | ',')
    });
    let start = inner.checked_sub(1)?;
    (start >= done && inner < close && text.char(start) == Some('"')).then_some(start)
}

fn is_name(c: char) -> bool {
    c.is_alphanumeric()
        || is_letter(c)
        || is_invisible(c)
        || matches!(c, '.' | '_' | '%' | '+' | '-' | '\'' | '&')
}

fn is_label(c: char) -> bool {
    c.is_alphanumeric() || is_letter(c) || is_invisible(c) || c == '-'
}

/// File extensions that are not top-level domains.
pub(super) const FILE_EXTENSIONS: [&str; 12] = [
    "png", "jpg", "jpeg", "gif", "svg", "webp", "css", "html", "json", "xml", "pdf", "ico",
];

/// Returns whether the text from `name` to `end` is code or the name of a file.
fn is_code(text: Haystack<'_>, name: usize, at: usize, end: usize) -> bool {
    let after = text.char(end);
    let called = after == Some('(');
    let repository = matches!(after, Some(':' | '/')) && text.slice(name, at) == "git";
    let extension = text.skip_back(end, 5, |c| c.is_ascii_alphabetic());
    called || repository || FILE_EXTENSIONS.contains(&text.slice(extension, end))
}

/// Returns the end of the domain that starts at `start`.
fn domain_end(text: Haystack<'_>, start: usize, run_end: usize) -> Option<usize> {
    let domain = text.slice(start, run_end);
    let mut end = None;
    let mut at = start;
    for (index, label) in domain.split('.').enumerate() {
        if label.is_empty() || (index == 1 && is_number(label) && begins_with_number(domain)) {
            break;
        }
        let next = at + label.len() + 1;
        let label = label.trim_end_matches(|c| c == '-' || is_invisible(c));
        let mut chars = label.chars();
        if index > 0 && chars.next().is_some_and(char::is_alphabetic) && chars.next().is_some() {
            end = Some(at + label.len());
        }
        at = next;
    }
    end
}

fn is_number(label: &str) -> bool {
    label.chars().all(is_digit)
}

fn begins_with_number(domain: &str) -> bool {
    domain.split('.').next().is_some_and(is_number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::privacy::masking::tests::table::table;

    #[test]
    fn addresses() {
        table(
            find,
            &[
                ("me@example.com", "[email]"),
                (
                    "Write to <First.Last+tag@mail.example.co.uk>.",
                    "Write to <[email]>.",
                ),
                (
                    "'me@example.com', o'brien@example.ie!",
                    "'[email]', [email]!",
                ),
                ("?mail=me%40example.com&x=1", "?mail=[email]&x=1"),
                ("grüße@bücher.example", "[email]"),
                ("me＠example.com", "[email]"),
                ("a@b@example.com", "a@[email]"),
                ("for \"jane doe\"@example.com", "for [email]"),
                ("me@example.com,you@example.com", "[email],[email]"),
                ("mailto:me@example.com.", "mailto:[email]."),
                ("me\u{200b}.you@example\u{2060}.com", "[email]"),
                ("me@example.com\u{200b}", "[email]\u{200b}"),
                ("le\u{301}a@example.com", "[email]"),
                ("git@example.com", "[email]"),
            ],
            &[
                "me@localhost",
                "@handle",
                "@example.com",
                "\"quoted\" @example.com",
                "react@18.2.0",
                "pkg@1.0.0-beta.rc1",
                "a @ b.com",
                "@Override",
                "50@1.5",
                "me@",
                "me@.com",
                "user@x.1",
                "git@example.com:a/b.git",
                "ssh://git@example.com/a/b.git",
                "logo@2x.png",
                "this@Main.finish()",
            ],
        );
    }
}
