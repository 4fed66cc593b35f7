//! Email addresses with spelled-out symbols: `jane (at) example [dot] com`,
//! `jane at example dot com`, `juan arroba ejemplo punto es`.
//!
//! The word "at" must be in brackets or, if the dot is also spelled out, between spaces or
//! underscores. `@` may be written as such if the dot is spelled out, as in `jane@example[.]com`.
//! The finder knows the words for both symbols in about ten languages.

use crate::privacy::masking::email::PLACEHOLDER;
use crate::privacy::masking::haystack::{Haystack, Match, is_letter, is_space};

const NAME_CHARS: usize = 64;
const LABEL_CHARS: usize = 63;
const LABELS: usize = 4;
const WORD_CHARS: usize = 12;

#[rustfmt::skip]
const AT: &[&str] = &[
    "at", "ät", "arroba", "arobase", "arobas", "chiocciola", "apenstaartje", "собака", "małpa",
    "malpa", "zavináč", "snabel", "miukumauku", "アット", "アットマーク", "골뱅이", "艾特", "@",
];
#[rustfmt::skip]
const DOT: &[&str] = &[
    "dot", "punkt", "punto", "point", "ponto", "punt", "piste", "точка", "kropka", "tečka", "nokta",
    "ドット", "점", "닷", "点", ".",
];
/// Words that show, as the first label of a domain, that the text is a sentence, as in
/// `look at the dot on the map`.
#[rustfmt::skip]
const ARTICLES: &[&str] = &[
    "the", "this", "that", "these", "those", "my", "our", "your", "his", "her", "its", "their",
    "every", "each", "one", "home", "work", "noon", "night", "an", "all",
];
/// Last labels that count as words rather than as top-level domains.
const NO_DOMAINS: &[&str] = &[
    "on", "of", "to", "is", "an", "as", "by", "or", "if", "up", "we", "he", "so", "do", "go", "my",
];

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
    let (sign_end, bracketed) = match c {
        '@' => (at + 1, false),
        _ => word(text, at, c, AT).or_else(|| single(text, at))?,
    };
    let name_end = text.skip_back(at, 1, is_space);
    let start = text.skip_back(name_end, NAME_CHARS, |c| {
        c.is_alphanumeric() || is_letter(c) || matches!(c, '.' | '_' | '+' | '-')
    });
    if start == name_end {
        return None;
    }
    let first = text.skip_up_to(sign_end, 1, is_space);
    let mut end = label(text, first)?;
    let sentence = is_in(ARTICLES, text.slice(first, end));
    let mut fits = false;
    let mut last = first;
    for _ in 0..LABELS {
        let Some((dot_end, spelled)) = dot(text, end) else {
            break;
        };
        let Some(next) = label(text, dot_end) else {
            break;
        };
        fits |= bracketed || spelled;
        last = dot_end;
        end = next;
    }
    let word = is_in(NO_DOMAINS, text.slice(last, end));
    let letters = text.skip_back(end, 2, char::is_alphabetic);
    let plain = !bracketed && c != '@';
    (fits && letters < end && !(plain && (sentence || word))).then_some((start, end))
}

fn is_in(words: &[&str], word: &str) -> bool {
    words.iter().any(|entry| entry.eq_ignore_ascii_case(word))
}

/// Returns the end of the `(a)` at `at`, if no spaces separate it from the names around it.
fn single(text: Haystack<'_>, at: usize) -> Option<(usize, bool)> {
    let name = text.before(at).is_some_and(char::is_alphanumeric);
    let domain = text.char(at + 3).is_some_and(char::is_alphanumeric);
    (name && domain && text.starts_with(at, "(a)")).then_some((at + 3, true))
}

/// Returns the end of the spelled-out symbol at `at`, and whether it is in brackets.
fn word(text: Haystack<'_>, at: usize, c: char, words: &[&str]) -> Option<(usize, bool)> {
    let open = matches!(c, '(' | '[' | '{' | '<');
    if !open && !is_space(c) && c != '_' {
        return None;
    }
    let mut from = at + c.len_utf8();
    if open {
        from = text.skip_up_to(from, 1, is_space);
    }
    let symbol = open && matches!(text.char(from), Some('@' | '.'));
    let end = if symbol {
        from + 1
    } else {
        text.skip_up_to(from, WORD_CHARS, is_letter)
    };
    let known = is_in(words, text.slice(from, end));
    let close = if open {
        text.skip_up_to(end, 1, is_space)
    } else {
        end
    };
    let next = text.char(close)?;
    let closes = if open {
        matches!(next, ')' | ']' | '}' | '>')
    } else {
        next == c
    };
    (known && closes).then_some((close + next.len_utf8(), open))
}

/// Returns the end of the dot after a label, and whether it is spelled out.
fn dot(text: Haystack<'_>, at: usize) -> Option<(usize, bool)> {
    if text.char(at) == Some('.') {
        return Some((at + 1, false));
    }
    let mut found = word(text, at, text.char(at)?, DOT);
    if found.is_none() {
        let on = text.skip_up_to(at, 1, is_space);
        found = word(text, on, text.char(on)?, DOT);
    }
    let (end, _) = found?;
    Some((text.skip_up_to(end, 1, is_space), true))
}

fn label(text: Haystack<'_>, at: usize) -> Option<usize> {
    let end = text.skip_up_to(at, LABEL_CHARS, |c| {
        c.is_alphanumeric() || is_letter(c) || c == '-'
    });
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
                ("jane(a)example.com", "[email]"),
                ("to jane.doe(a)example.com, ok", "to [email], ok"),
                ("jane[@]example[.]com", "[email]"),
                ("jane@example[.]com", "[email]"),
                ("jane_at_example_dot_com", "[email]"),
                ("juan arroba ejemplo punto es", "[email]"),
                ("max (ät) muster (punkt) de", "[email]"),
                ("петр собака пример точка рф", "[email]"),
                ("jane ( at ) example.com", "[email]"),
            ],
            &[
                "meet at example.com",
                "we are at home",
                "(at) example.com",
                "see [at] the door",
                "at noon (at) night",
                "dot at dot",
                "look at connect the dot games",
                "look at the dot on the map",
                "look at example dot on",
                "see (a) example.com",
                "option (a)",
                "jane@example",
            ],
        );
    }
}
