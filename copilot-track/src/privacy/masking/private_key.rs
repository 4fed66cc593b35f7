//! Private keys in PEM format and in the formats of SSH, `PuTTY`, and XML. A PEM key extends from
//! the BEGIN line to the END line or, if there is none, to the end of the text.

use crate::privacy::masking::api_key::PLACEHOLDER;
use crate::privacy::masking::haystack::{Haystack, Match};

/// The beginnings and the ends of keys. PEM uses five dashes, and SSH uses four dashes and a space.
const PEM: Format = Format {
    begin: "-----BEGIN ",
    end: "-----END ",
    dashes: "-----",
};
const SSH: Format = Format {
    begin: "---- BEGIN ",
    end: "---- END ",
    dashes: "----",
};
const PUTTY: &str = "Private-Lines: ";
const PUTTY_END: &str = "Private-MAC";
/// The secret elements of an RSA key in XML.
const XML: [&str; 6] = ["<D>", "<P>", "<Q>", "<DP>", "<DQ>", "<InverseQ>"];
/// The maximum length of a label such as `PGP PRIVATE KEY BLOCK`.
const LABEL_BYTES: usize = 40;
const MIN_XML_CHARS: usize = 24;
const MAX_XML_CHARS: usize = 2048;

struct Format {
    begin: &'static str,
    end: &'static str,
    dashes: &'static str,
}

/// Every key contains at least one of these strings.
const MARKS: [&str; 3] = ["PRIVATE KEY", PUTTY, "</"];

pub(super) fn find(text: Haystack<'_>) -> Vec<Match> {
    let mut matches = Vec::new();
    if !MARKS.iter().any(|mark| text.contains(mark)) {
        return matches;
    }
    let mut at = 0;
    while let Some(c) = text.char(at) {
        let found = match c {
            '-' => block(text, at, &PEM).or_else(|| block(text, at, &SSH)),
            'P' if text.starts_with(at, PUTTY) => putty(text, at + PUTTY.len()),
            '<' => xml(text, at),
            _ => None,
        };
        let next = at + c.len_utf8();
        at = found.map_or(next, |(_, end)| end.max(next));
        matches.extend(found.map(|(start, end)| Match {
            start,
            end,
            placeholder: PLACEHOLDER,
        }));
    }
    matches
}

/// Returns the range of the key whose BEGIN line starts at `start`.
fn block(text: Haystack<'_>, start: usize, format: &Format) -> Option<(usize, usize)> {
    if !text.starts_with(start, format.begin) {
        return None;
    }
    let label = start + format.begin.len();
    let is_label = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == ' ';
    let label_end = text.skip_up_to(label, LABEL_BYTES, is_label);
    if !text.slice(label, label_end).contains("PRIVATE KEY") {
        return None;
    }
    let end = text.find(label_end, format.end).map_or(text.len(), |end| {
        let label = end + format.end.len();
        let label_end = text.skip_up_to(label, LABEL_BYTES, is_label);
        let closed = text.starts_with(label_end, format.dashes);
        label_end + if closed { format.dashes.len() } else { 0 }
    });
    Some((start, end))
}

/// Returns the range of the secret lines of a `PuTTY` key. `start` is the position of the line
/// count.
fn putty(text: Haystack<'_>, start: usize) -> Option<(usize, usize)> {
    let number = text.skip_up_to(start, 4, |c| c.is_ascii_digit());
    let from = text.skip_up_to(number, 2, char::is_whitespace);
    if number == start || from == number || text.starts_with(from, PLACEHOLDER) {
        return None;
    }
    let end = text.find(from, PUTTY_END).unwrap_or(text.len());
    let end = text.skip_back(end, 2, char::is_whitespace).max(from);
    (end > from).then_some((from, end))
}

/// Returns the range of the content of the secret XML element that starts at `start`.
fn xml(text: Haystack<'_>, start: usize) -> Option<(usize, usize)> {
    let tag = XML.iter().find(|tag| text.starts_with(start, tag))?;
    let from = start + tag.len();
    let end = text.skip_up_to(from, MAX_XML_CHARS, |c| {
        c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=')
    });
    (end >= from + MIN_XML_CHARS && text.char(end) == Some('<')).then_some((from, end))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::privacy::masking::tests::table::table;

    #[test]
    fn private_keys() {
        let Format { begin, end, dashes } = PEM;
        let key = |kind: &str| format!("{begin}{kind}{dashes}\nMIIB\n{end}{kind}{dashes}");
        let rsa = format!("a {} b", key("RSA PRIVATE KEY"));
        let open = format!("{begin}PRIVATE KEY{dashes}\nMIIB");
        let Format { begin, end, dashes } = SSH;
        let ssh = format!("{begin}SSH2 PRIVATE KEY {dashes}\nMIIB\n{end}SSH2 PRIVATE KEY {dashes}");
        let putty = format!("{PUTTY}2\nAAAA\nBBBB\n{PUTTY_END}: 0");
        let xml = format!("<Modulus>a</Modulus><D>{}==</D>", "a1".repeat(20));
        table(
            find,
            &[
                (&rsa, "a [key] b"),
                (&open, "[key]"),
                (&ssh, "[key]"),
                (&putty, "Private-Lines: 2\n[key]\nPrivate-MAC: 0"),
                (&xml, "<Modulus>a</Modulus><D>[key]</D>"),
            ],
            &[
                &key("PUBLIC KEY"),
                "-----BEGIN of a long story",
                "<D>short</D>",
                "Private-Lines: none",
            ],
        );
    }
}
