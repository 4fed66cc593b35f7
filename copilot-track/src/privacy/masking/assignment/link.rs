//! What connects a name to its value: a separator, a verb such as "is", or only a space.

use crate::privacy::masking::assignment::names::{Folded, Kind, NAME_CHARS, Name, name_at_end};
use crate::privacy::masking::digits::is_digit;
use crate::privacy::masking::haystack::{
    Haystack, is_dash, is_invisible, is_letter, is_quote, is_space,
};

/// How a name and its value are connected. The kind of link determines how closely a value must
/// resemble a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Link {
    /// `name=value`.
    Adjacent,
    /// `name: value`, `name = value`.
    Separator,
    /// `name is value`, `name → value`.
    Phrase,
    /// `name value`.
    Space,
    /// `<name>value</name>`, `<string name="name">value</string>`.
    Element,
}

pub(super) const SPACES: usize = 4;
const TOKEN_CHARS: usize = 64;
const WORD_CHARS: usize = 10;

/// Verbs between a name and its value.
#[rustfmt::skip]
const VERBS: &[&str] = &[
    "is", "was", "ist", "lautet", "war", "heißt", "es", "era", "est", "c'est", "c’est", "était",
    "è", "é", "är", "jest", "brzmi", "este", "это", "был", "це", "είναι", "هي", "هو", "היא", "הוא",
    "है", "là", "adalah", "คือ", "—",
];
/// Verbs that mean "is" in other languages. Some of them, such as "on", have another meaning in
/// English.
const FOREIGN_VERBS: &[&str] = &["on", "er", "to", "je", "e", "oli", "var", "е", "је"];
/// Words after the verb, as in `is now`.
#[rustfmt::skip]
const FILLERS: &[&str] = &[
    "now", "set", "to", "just", "simply", "currently", "still", "always", "changed", "ahora",
    "jetzt", "aktuell", "maintenant", "adesso", "agora", "nu", "теперь",
];
/// Stems of verbs for changing a password, as in `I changed my password to …`.
const CHANGES: [&str; 7] = ["chang", "set ", "updat", "reset", "switch", "add ", "make "];

/// Returns the end and the kind of the link at `at`, and the name before the link.
pub(super) fn link(text: Haystack<'_>, at: usize, c: char) -> Option<(usize, Link, Name)> {
    let after = at + c.len_utf8();
    let next = text.char(after);
    let named = |end: usize, link: Link| Some((end, link, name_before(text, at)?));
    match (c, next) {
        ('=', Some('=' | '~')) | (':', Some(':')) => None,
        ('=', Some('>')) | (':', Some('=')) => named(after + 1, Link::Separator),
        ('=', _) => {
            let spaced = text.before(at).is_some_and(is_space) || next.is_some_and(is_space);
            let link = if spaced {
                Link::Separator
            } else {
                Link::Adjacent
            };
            let other = || typed_name(text, at).or_else(|| url_key(text, at));
            named(after, link).or_else(|| Some((after, link, other()?)))
        }
        (':' | '＝' | '：' | '﹕', _) => named(after, Link::Separator),
        ('|' | '→' | '⇒' | '➜' | '➡', _) => named(after, Link::Phrase),
        ('(', Some('"' | '\'')) => named(after, Link::Space),
        ('-', Some('>')) => named(after + 1, Link::Phrase),
        ('>', _) => Some((after, Link::Element, element_name(text, at)?)),
        ('是' | '为' | '為' | 'は' | '는' | '은' | '가' | '이', _) => {
            named(after, Link::Phrase).filter(|(_, _, name)| !name.english)
        }
        _ if is_space(c) => phrase(text, at, after),
        _ if is_dash(c) && text.before(at).is_some_and(is_space) && next.is_some_and(is_space) => {
            named(after, Link::Phrase)
        }
        _ if c.is_ascii_alphanumeric() && text.before(at).is_some_and(is_unspaced) => {
            named(at, Link::Space).filter(|(_, _, name)| !name.english)
        }
        _ => None,
    }
}

/// Returns whether `c` belongs to a script that puts no spaces between words, or to Korean, which
/// puts none before particles.
pub(super) fn is_unspaced(c: char) -> bool {
    matches!(
        c,
        '\u{3001}'..='\u{30ff}'
            | '\u{3400}'..='\u{9fff}'
            | '\u{ac00}'..='\u{d7a3}'
            | '\u{ff01}'..='\u{ff0f}'
            | '\u{ff1a}'..='\u{ff20}'
    )
}

pub(super) fn is_opening(c: char) -> bool {
    matches!(c, '“' | '„' | '«' | '‹' | '「' | '『' | '‘' | '‚' | '《')
}

/// Returns the link that starts with the space at `at`: a verb, or only the space.
fn phrase(text: Haystack<'_>, at: usize, after: usize) -> Option<(usize, Link, Name)> {
    let next = text.char(after).filter(|&c| !is_space(c))?;
    let verb_end = text.skip_up_to(after, WORD_CHARS, |c| {
        is_letter(c) || matches!(c, '\'' | '’')
    });
    let verb = text.slice(after, verb_end);
    let ends = text
        .char(verb_end)
        .is_some_and(|c| is_space(c) || matches!(c, ':' | '：'));
    if ends && (VERBS.contains(&verb) || FOREIGN_VERBS.contains(&verb)) {
        let name = name_before(text, at)?;
        let fits = VERBS.contains(&verb) || !name.english || verb == "to" && changes(text, at);
        return fits.then(|| (fillers(text, verb_end), Link::Phrase, name));
    }
    let token_end = text.skip_up_to(after, TOKEN_CHARS, |c| !c.is_whitespace());
    let quoted = is_quote(next) || is_opening(next);
    if !quoted && !text.slice(after, token_end).contains(is_digit) {
        return None;
    }
    Some((after, Link::Space, direct_name(text, at)?))
}

/// Returns whether a word such as "changed" precedes the name that ends at `end`.
fn changes(text: Haystack<'_>, end: usize) -> bool {
    let start = text.skip_back(end, NAME_CHARS, |c| is_letter(c) || is_space(c));
    let before = text.slice(start, end).to_lowercase();
    CHANGES.iter().any(|change| before.contains(change))
}

/// Skips words such as "now" after a verb.
fn fillers(text: Haystack<'_>, mut at: usize) -> usize {
    for _ in 0..3 {
        let start = text.skip_up_to(at, SPACES, |c| is_space(c) || matches!(c, ':' | '：'));
        let end = text.skip_up_to(start, WORD_CHARS + 2, is_letter);
        let filler = FILLERS.contains(&text.slice(start, end));
        if !filler || !text.char(end).is_some_and(|c| is_space(c) || c == ':') {
            return start;
        }
        at = end;
    }
    at
}

/// Returns the name that ends at `end`. Words such as `for the router` cannot follow the name.
fn direct_name(text: Haystack<'_>, end: usize) -> Option<Name> {
    let end = text.skip_back(end, SPACES, is_space);
    let end = text.skip_back(end, 4, is_closing);
    let words = text.slice(run_start(text, end), end);
    Folded::new(words).name()
}

/// Returns the name that ends before the separator at `end`.
pub(super) fn name_before(text: Haystack<'_>, end: usize) -> Option<Name> {
    let end = text.skip_back(end, SPACES, is_space);
    let mut end = text.skip_back(end, 4, is_closing);
    // `password (temporary): …`
    if text.before(end) == Some(')') {
        let open = text.skip_back(end - 1, 32, |c| !matches!(c, '(' | ')' | '\n'));
        if text.before(open) == Some('(') {
            end = text.skip_back(open - 1, SPACES, is_space);
        }
    }
    // `DB_PASSWORD_1=…`
    let letters_end = text.skip_back(end, 2, |c| c.is_ascii_digit());
    let start = run_start(text, letters_end);
    let words = text.slice(start, letters_end);
    name_at_end(words).or_else(|| {
        let value = ["value", "val", "string"]
            .into_iter()
            .find(|value| ends_ignoring_case(words, value))?;
        // `name: DB_PASSWORD, value: …` or `<add key="Password" value="…">`
        let from = letters_end - value.len();
        let end = text.skip_back(from, 16, |c| {
            c.is_whitespace() || is_quote(c) || matches!(c, ',' | '-' | '\\' | '{' | ';')
        });
        let words = text.slice(run_start(text, end), end);
        (end < from).then(|| name_at_end(words)).flatten()
    })
}

fn ends_ignoring_case(words: &str, ending: &str) -> bool {
    words
        .len()
        .checked_sub(ending.len())
        .and_then(|start| words.get(start..))
        .is_some_and(|end| end.eq_ignore_ascii_case(ending))
}

fn run_start(text: Haystack<'_>, end: usize) -> usize {
    text.skip_back(end, NAME_CHARS, |c| {
        is_letter(c) || is_space(c) || is_invisible(c) || matches!(c, '_' | '-' | '\'' | '’')
    })
}

/// Returns whether `c` can stand between a name and its separator, as in `"password":` or
/// `**password**:`.
fn is_closing(c: char) -> bool {
    is_quote(c) || matches!(c, '\\' | '*' | ']' | '”' | '»' | '」')
}

/// Returns the name before a type, as in `password: &str =`.
fn typed_name(text: Haystack<'_>, at: usize) -> Option<Name> {
    let start = text.skip_back(at, 24, |c| {
        c.is_ascii_alphanumeric() || matches!(c, ' ' | '&' | '\'' | '<' | '>' | '_' | '?')
    });
    (text.before(start) == Some(':'))
        .then(|| name_before(text, start - 1))
        .flatten()
}

/// Returns the name `key` if it is the name of a URL query parameter and ends at `at`.
fn url_key(text: Haystack<'_>, at: usize) -> Option<Name> {
    let start = at.checked_sub("?key".len())?;
    let key = text.starts_with(start, "?key") || text.starts_with(start, "&key");
    key.then_some(Name {
        kind: Kind::Parameter,
        text: "key",
        english: true,
    })
}

/// Returns the name of the element whose start tag ends at `at`, or the name in its last attribute.
fn element_name(text: Haystack<'_>, at: usize) -> Option<Name> {
    let quoted = text.before(at).is_some_and(is_quote);
    let end = if quoted { at - 1 } else { at };
    let start = text.skip_back(end, NAME_CHARS, |c| {
        c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | ':' | '.')
    });
    let opens = if quoted {
        text.before(start).is_some_and(is_quote)
    } else {
        text.before(start) == Some('<')
    };
    let name = opens.then(|| name_at_end(text.slice(start, end)))??;
    (name.kind != Kind::Parameter).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_equals_sign_next_to_a_space_is_a_separator() {
        for (text, expected) in [
            ("password=x", Link::Adjacent),
            ("password =x", Link::Separator),
            ("password= x", Link::Separator),
            ("password = x", Link::Separator),
        ] {
            let at = text.find('=').unwrap_or_default();
            let found = link(Haystack::new(text), at, '=').map(|(end, link, _)| (end, link));
            assert_eq!(found, Some((at + 1, expected)), "{text}");
        }
    }
}
