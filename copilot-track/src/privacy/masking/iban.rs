//! International bank account numbers.
//!
//! An IBAN consists of a country code, two check digits, and further letters and digits, whose
//! number depends on the country. At most one space or dash may separate two characters. The
//! checksum (ISO 7064 MOD 97-10) is verified.

use crate::privacy::masking::digits::{digit, is_word};
use crate::privacy::masking::haystack::{Haystack, Match, is_dash, is_space};

pub(super) const PLACEHOLDER: &str = "[iban]";

/// The length of an IBAN in each country.
#[rustfmt::skip]
const LENGTHS: &[(&str, usize)] = &[
    ("AD", 24), ("AE", 23), ("AL", 28), ("AT", 20), ("AZ", 28), ("BA", 20), ("BE", 16), ("BG", 22),
    ("BH", 22), ("BI", 27), ("BR", 29), ("BY", 28), ("CH", 21), ("CR", 22), ("CY", 28), ("CZ", 24),
    ("DE", 22), ("DJ", 27), ("DK", 18), ("DO", 28), ("EE", 20), ("EG", 29), ("ES", 24), ("FI", 18),
    ("FK", 18), ("FO", 18), ("FR", 27), ("GB", 22), ("GE", 22), ("GI", 23), ("GL", 18), ("GR", 27),
    ("GT", 28), ("HN", 28), ("HR", 21), ("HU", 28), ("IE", 22), ("IL", 23), ("IQ", 23), ("IS", 26),
    ("IT", 27), ("JO", 30), ("KW", 30), ("KZ", 20), ("LB", 28), ("LC", 32), ("LI", 21), ("LT", 20),
    ("LU", 20), ("LV", 21), ("LY", 25), ("MC", 27), ("MD", 24), ("ME", 22), ("MK", 19), ("MN", 20),
    ("MR", 27), ("MT", 31), ("MU", 30), ("NI", 28), ("NL", 18), ("NO", 15), ("OM", 23), ("PK", 24),
    ("PL", 28), ("PS", 29), ("PT", 25), ("QA", 29), ("RO", 24), ("RS", 22), ("RU", 33), ("SA", 24),
    ("SC", 31), ("SD", 18), ("SE", 24), ("SI", 19), ("SK", 24), ("SM", 27), ("SO", 23), ("ST", 25),
    ("SV", 28), ("TL", 23), ("TN", 24), ("TR", 26), ("UA", 29), ("VA", 22), ("VG", 24), ("XK", 20),
    ("YE", 30),
];

pub(super) fn find(text: Haystack<'_>) -> Vec<Match> {
    let mut matches = Vec::new();
    let mut at = 0;
    let mut in_word = false;
    while let Some(c) = text.char(at) {
        let candidate = !in_word && c.is_ascii_alphabetic();
        if let Some(end) = candidate.then(|| iban_end(text, at)).flatten() {
            matches.push(Match {
                start: at,
                end,
                placeholder: PLACEHOLDER,
            });
            at = end;
            continue;
        }
        in_word = is_word(c) && c != '_';
        at += c.len_utf8();
    }
    matches
}

/// Returns the end of the IBAN that starts at `start`. Reads at most 33 characters and their
/// separators.
fn iban_end(text: Haystack<'_>, start: usize) -> Option<usize> {
    let country = text.slice(start, start + 2);
    let &(_, length) = LENGTHS
        .iter()
        .find(|(code, _)| code.eq_ignore_ascii_case(country))?;
    let mut at = start;
    let mut rest = 0;
    // The checksum is computed with the first four characters moved to the end.
    let mut head = Vec::with_capacity(4);
    for index in 0..length {
        let mut c = text.char(at)?;
        if index > 2 && (is_space(c) || is_dash(c)) {
            at += c.len_utf8();
            c = text.char(at)?;
        }
        at += c.len_utf8();
        let value = digit(c).or_else(|| {
            let letter = c.is_ascii_alphabetic() && !matches!(index, 2 | 3);
            letter.then(|| c.to_ascii_uppercase() as u8 - b'A' + 10)
        })?;
        if index < 4 {
            head.push(value);
        } else {
            rest = append(rest, value);
        }
    }
    let checked = head.into_iter().fold(rest, append);
    let ends = text.char(at).is_none_or(|c| !is_word(c) || c == '_');
    (checked == 1 && ends).then_some(at)
}

/// Appends the digits of `value` to a number and returns the remainder modulo 97.
fn append(number: u32, value: u8) -> u32 {
    let shift = if value < 10 { 10 } else { 100 };
    (number * shift + u32::from(value)) % 97
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::privacy::masking::tests::table::table;

    #[test]
    fn ibans() {
        table(
            find,
            &[
                ("DE89370400440532013000", "[iban]"),
                ("to DE89 3704 0044 0532 0130 00 and on", "to [iban] and on"),
                ("gb82 west 1234 5698 7654 32.", "[iban]."),
                ("NO93-8601-1117-947", "[iban]"),
                ("DE８９370400440532013000", "[iban]"),
                ("IBAN:FR1420041010050500013M02606", "IBAN:[iban]"),
            ],
            &[
                "DE88370400440532013000",
                "DE8937040044053201300",
                "DE893704004405320130000",
                "XDE89370400440532013000",
                "DE89",
                "DE",
                "in 22 cases",
                "NO 12 345",
            ],
        );
    }
}
