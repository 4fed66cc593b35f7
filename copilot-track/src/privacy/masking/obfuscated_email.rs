//! Email addresses with spelled-out symbols: `jane (at) example [dot] com`,
//! `jane at example dot com`.
//!
//! The word "at" must be in brackets or, if the dot is also spelled out, between spaces.

use crate::privacy::masking::email::PLACEHOLDER;
use crate::privacy::masking::haystack::{Haystack, Match, is_space};

const NAME_CHARS: usize = 64;
const LABEL_CHARS: usize = 63;
const LABELS: usize = 4;

pub(super) fn find(text: Haystack<'_>) -> Vec<Match> {
    let mut matches: Vec<Match> = Vec::new();
    let mut at = 0;
    while let Some(c) = text.char(at) {
        let done = matches.last().map_or(0, |found| found.end);
        if let Some((start, end)) = address(text, at, c).filter(|(start, _)| *start >= done) {
            matches.push(Match {
                start,
                end,
                placeholder: PLACEHOLDER,
            });
            at = end;
        } else {
            at += c.len_utf8();
        }
    }
    matches
}

/// Returns the range of the address whose spelled-out `@` starts at `at`.
fn address(text: Haystack<'_>, at: usize, c: char) -> Option<(usize, usize)> {
    let (sign_end, bracketed) = word(text, at, c, "at")?;
    let name_end = text.skip_back(at, 1, is_space);
    let start = text.skip_back(name_end, NAME_CHARS, |c| {
        c.is_alphanumeric() || matches!(c, '.' | '_' | '+' | '-')
    });
    if start == name_end {
        return None;
    }
    let mut end = label(text, text.skip_up_to(sign_end, 1, is_space))?;
    let mut fits = false;
    for _ in 0..LABELS {
        let (dot_end, spelled) = dot(text, end)?;
        let Some(next) = label(text, dot_end) else {
            break;
        };
        fits |= bracketed || spelled;
        end = next;
        if dot(text, end).is_none() {
            break;
        }
    }
    let letters = text.skip_back(end, 2, char::is_alphabetic);
    (fits && letters < end).then_some((start, end))
}

/// Returns the end of the spelled-out symbol at `at`, and whether it is in brackets.
fn word(text: Haystack<'_>, at: usize, c: char, word: &str) -> Option<(usize, bool)> {
    let spelled = |from: usize| {
        let end = from + word.len();
        text.slice(from, end)
            .eq_ignore_ascii_case(word)
            .then_some(end)
    };
    match c {
        '(' | '[' | '{' | '<' => {
            let end = spelled(at + 1)?;
            matches!(text.char(end), Some(')' | ']' | '}' | '>')).then_some((end + 1, true))
        }
        ' ' => {
            let end = spelled(at + 1)?;
            (text.char(end) == Some(' ')).then_some((end, false))
        }
        _ => None,
    }
}

/// Returns the end of the dot after a label, and whether it is spelled out.
fn dot(text: Haystack<'_>, at: usize) -> Option<(usize, bool)> {
    if text.char(at) == Some('.') {
        return Some((at + 1, false));
    }
    let mut found = word(text, at, text.char(at)?, "dot");
    if found.is_none() {
        let on = text.skip_up_to(at, 1, is_space);
        found = word(text, on, text.char(on)?, "dot");
    }
    let (end, _) = found?;
    Some((text.skip_up_to(end, 1, is_space), true))
}

fn label(text: Haystack<'_>, at: usize) -> Option<usize> {
    let end = text.skip_up_to(at, LABEL_CHARS, |c| c.is_alphanumeric() || c == '-');
    (end > at + 1).then_some(end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::privacy::masking::tests::table::table;

    #[test]
    fn spelled_addresses() {
        table(
            find,
            &[
                ("jane(at)example.com!", "[email]!"),
                (
                    "to jane.doe [at] mail [dot] example [dot] com, ok",
                    "to [email], ok",
                ),
                ("jane {AT} example.com", "[email]"),
                ("jane at example dot com", "[email]"),
                ("jane (at) example dot co dot uk", "[email]"),
            ],
            &[
                "meet at example.com",
                "we are at home",
                "(at) example.com",
                "see [at] the door",
                "at noon (at) night",
                "dot at dot",
                "look at connect the dot games",
            ],
        );
    }
}
