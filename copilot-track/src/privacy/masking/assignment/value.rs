//! Where a value starts and ends.

use crate::privacy::masking::assignment::link::{Link, SPACES, is_opening, is_unspaced};
use crate::privacy::masking::haystack::{Haystack, is_quote, is_space};

/// The maximum number of characters of a value in quotes other than `"`, `'`, and `` ` ``, or
/// between two tags.
const BOUNDED_CHARS: usize = 256;
/// The maximum number of characters that a value can have after a comma, as in `P@ss,w0rd`.
const CONTINUED_CHARS: usize = 64;

/// A value in the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Value {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) quoted: bool,
    /// Whether the value is on the line after its name.
    pub(super) below: bool,
}

impl Value {
    /// Reads the value after a link that ends at `after`.
    pub(super) fn read(text: Haystack<'_>, after: usize, link: Link) -> Self {
        let mut at = text.skip_up_to(after, SPACES, is_space);
        let below = link == Link::Separator && text.char(at) == Some('\n');
        if below {
            at = text.skip_up_to(at + 1, SPACES, is_space);
        }
        if link == Link::Element {
            let end = text.skip_up_to(at, BOUNDED_CHARS, |c| !matches!(c, '<' | '\n'));
            let closed = text.starts_with(end, "</");
            return Self {
                start: at,
                end: if closed { end } else { at },
                quoted: true,
                below,
            };
        }
        at = decoration(text, at);
        let escaped = text.char(at) == Some('\\');
        let quote_at = if escaped { at + 1 } else { at };
        let mut start = at;
        if let Some(quote) = text.char(quote_at).filter(|&c| is_quote(c)) {
            start = quote_at + 1;
            if let Some(end) = closing_quote(text, start, quote, escaped) {
                return Self {
                    start,
                    end,
                    quoted: true,
                    below,
                };
            }
        } else if let Some(open) = text.char(at).filter(|&c| is_opening(c)) {
            start = at + open.len_utf8();
            if let Some(value) = typographic(text, start, open) {
                return value;
            }
        }
        Self {
            start,
            end: unquoted_end(text, start, link),
            quoted: false,
            below,
        }
    }
}

/// Skips Markdown emphasis, a closing tag, or the prefix of a string literal between a separator
/// and its value.
fn decoration(text: Haystack<'_>, at: usize) -> usize {
    if matches!(text.char(at), Some('b' | 'r' | 'u')) && text.char(at + 1).is_some_and(is_quote) {
        return at + 1;
    }
    let mut on = text.skip_up_to(at, 2, |c| c == '*');
    if text.starts_with(on, "</") {
        let tag = text.skip_up_to(on + 2, 12, |c| c.is_ascii_alphanumeric());
        if text.char(tag) == Some('>') {
            on = tag + 1;
        }
    }
    if on == at {
        return at;
    }
    text.skip_up_to(on, SPACES, is_space)
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

/// Returns the value between quotes such as `“` and `”`. French quotes have spaces inside.
fn typographic(text: Haystack<'_>, start: usize, open: char) -> Option<Value> {
    let closing: &[char] = match open {
        '“' | '„' => &['”', '“'],
        '«' => &['»'],
        '‹' => &['›'],
        '「' => &['」'],
        '『' => &['』'],
        '《' => &['》'],
        _ => &['’', '‘'],
    };
    let start = text.skip_up_to(start, 1, is_space);
    let close = text.skip_up_to(start, BOUNDED_CHARS, |c| c != '\n' && !closing.contains(&c));
    text.char(close).filter(|c| closing.contains(c))?;
    let end = text.skip_back(close, 1, is_space);
    (end > start).then_some(Value {
        start,
        end,
        quoted: true,
        below: false,
    })
}

fn unquoted_end(text: Haystack<'_>, start: usize, link: Link) -> usize {
    let ascii = text.char(start).is_some_and(|c| c.is_ascii());
    let inside = |c: char| is_unquoted(c) && !(ascii && is_unspaced(c));
    let mut end = text.skip_while(start, inside);
    let comma = |c| matches!(c, ',' | ';' | '&');
    if matches!(link, Link::Separator | Link::Phrase)
        && end > start
        && text.char(end).is_some_and(comma)
    {
        let rest = text.skip_up_to(end, CONTINUED_CHARS, |c| inside(c) || comma(c));
        let after = text.slice(end + 1, rest);
        let ends = text.char(rest).is_none_or(char::is_whitespace);
        if ends && after.starts_with(char::is_alphanumeric) && !after.contains(['=', ':']) {
            end = rest;
        }
    }
    // A period at the end belongs to the sentence, not to the value.
    let trimmed = text.skip_back(end, 3, |c| matches!(c, '.' | '…'));
    trimmed.max(start)
}

pub(super) fn is_unquoted(c: char) -> bool {
    !c.is_whitespace()
        && !is_quote(c)
        && !matches!(
            c,
            ',' | ';'
                | '&'
                | '<'
                | '>'
                | ')'
                | '}'
                | ']'
                | '['
                | '\\'
                | '，'
                | '。'
                | '；'
                | '、'
                | '”'
                | '»'
                | '」'
                | '』'
        )
}
