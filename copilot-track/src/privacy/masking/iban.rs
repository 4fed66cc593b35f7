//! International bank account numbers.
//!
//! An IBAN consists of a country code, two check digits, and a sequence of letters and digits whose
//! layout depends on the country. Adjacent characters may be separated by up to three characters:
//! spaces and at most one dash, dot, underscore, or slash. The checksum (ISO 7064 MOD 97-10) is
//! verified.
//!
//! An IBAN is not part of a longer word, but it may directly follow a word such as `IBAN`, and
//! letters may directly follow an IBAN that ends with digits, as in `…3000EUR`.

use crate::privacy::masking::digits::{digit, is_digit, is_word};
use crate::privacy::masking::haystack::{Haystack, Match, is_dash, is_space};

pub(super) const PLACEHOLDER: &str = "[iban]";

const GAP_CHARS: usize = 3;
/// The ends of words that an IBAN can directly follow.
const GLUED: [&str; 11] = [
    "iban",
    "konto",
    "kontonr",
    "kontonummer",
    "rekening",
    "compte",
    "conto",
    "cuenta",
    "account",
    "acct",
    "konta",
];

/// The characters after the check digits in each country: `n` is a digit, `a` is a letter, and `c`
/// is either. The number after each letter says how many such characters there are.
#[rustfmt::skip]
const LAYOUTS: &[(&str, &str)] = &[
    ("AD", "n8c12"), ("AE", "n19"), ("AL", "n8c16"), ("AT", "n16"), ("AZ", "a4c20"), ("BA", "n16"),
    ("BE", "n12"), ("BG", "a4n6c8"), ("BH", "a4c14"), ("BI", "n23"), ("BR", "n23a1c1"),
    ("BY", "c4n4c16"), ("CH", "n5c12"), ("CR", "n18"), ("CY", "n8c16"), ("CZ", "n20"), ("DE", "n18"),
    ("DJ", "n23"), ("DK", "n14"), ("DO", "c4n20"), ("EE", "n16"), ("EG", "n25"), ("ES", "n20"),
    ("FI", "n14"), ("FK", "a2n12"), ("FO", "n14"), ("FR", "n10c11n2"), ("GB", "a4n14"),
    ("GE", "a2n16"), ("GI", "a4c15"), ("GL", "n14"), ("GR", "n7c16"), ("GT", "c24"), ("HN", "a4n20"),
    ("HR", "n17"), ("HU", "n24"), ("IE", "a4n14"), ("IL", "n19"), ("IQ", "a4n15"), ("IS", "n22"),
    ("IT", "a1n10c12"), ("JO", "a4n4c18"), ("KW", "a4c22"), ("KZ", "n3c13"), ("LB", "n4c20"),
    ("LC", "a4c24"), ("LI", "n5c12"), ("LT", "n16"), ("LU", "n3c13"), ("LV", "a4c13"), ("LY", "n21"),
    ("MC", "n10c11n2"), ("MD", "c20"), ("ME", "n18"), ("MK", "n3c10n2"), ("MN", "n16"), ("MR", "n23"),
    ("MT", "a4n5c18"), ("MU", "a4n19a3"), ("NI", "a4n20"), ("NL", "a4n10"), ("NO", "n11"),
    ("OM", "n3c16"), ("PK", "a4c16"), ("PL", "n24"), ("PS", "a4c21"), ("PT", "n21"), ("QA", "a4c21"),
    ("RO", "a4c16"), ("RS", "n18"), ("RU", "n14c15"), ("SA", "n2c18"), ("SC", "a4n20a3"),
    ("SD", "n14"), ("SE", "n20"), ("SI", "n15"), ("SK", "n20"), ("SM", "a1n10c12"), ("SO", "n19"),
    ("ST", "n21"), ("SV", "a4n20"), ("TL", "n19"), ("TN", "n20"), ("TR", "n6c16"), ("UA", "n6c19"),
    ("VA", "n18"), ("VG", "a4n16"), ("XK", "n16"), ("YE", "a4n4c18"),
];

pub(super) fn find(text: Haystack<'_>) -> Vec<Match> {
    let mut matches = Vec::new();
    let mut at = 0;
    let mut in_word = false;
    while let Some(c) = text.char(at) {
        let candidate = c.is_ascii_alphabetic() && (!in_word || is_glued(text, at));
        if let Some(end) = candidate.then(|| iban_end(text, at)).flatten() {
            matches.push(Match {
                start: at,
                end,
                placeholder: PLACEHOLDER,
            });
            at = end;
            in_word = false;
            continue;
        }
        in_word = is_word(c) && c != '_';
        at += c.len_utf8();
    }
    matches
}

/// Returns whether two letters and a digit at `at` directly follow a word such as `IBAN`.
fn is_glued(text: Haystack<'_>, at: usize) -> bool {
    if !text.char(at + 2).is_some_and(is_digit) {
        return false;
    }
    let start = text.skip_back(at, 12, |c| c.is_ascii_alphabetic());
    let word = text.slice(start, at).to_ascii_lowercase();
    GLUED.iter().any(|glued| word.ends_with(glued))
}

/// Returns the end of the IBAN that starts at `start`. Reads at most 33 characters and their
/// separators.
fn iban_end(text: Haystack<'_>, start: usize) -> Option<usize> {
    let mut at = start;
    let mut country = String::with_capacity(2);
    for _ in 0..2 {
        let c = next(text, &mut at, country.is_empty())?;
        country.push(c.to_ascii_uppercase());
    }
    let &(_, layout) = LAYOUTS.iter().find(|(code, _)| *code == country)?;
    let mut rest = 0;
    // The checksum is computed with the first four characters moved to the end.
    let mut head: Vec<u8> = country.bytes().map(|letter| letter - b'A' + 10).collect();
    for _ in 0..2 {
        head.push(digit(next(text, &mut at, false)?)?);
    }
    let mut last = 'n';
    for (kind, count) in fields(layout) {
        last = kind;
        for _ in 0..count {
            let c = next(text, &mut at, false)?;
            let value = match kind {
                'n' => digit(c),
                'a' => letter(c),
                _ => digit(c).or_else(|| letter(c)),
            }?;
            rest = append(rest, value);
        }
    }
    let checked = head.into_iter().fold(rest, append);
    let ends = text
        .char(at)
        .is_none_or(|c| !is_word(c) || c == '_' || last == 'n' && c.is_ascii_alphabetic());
    (checked == 1 && ends).then_some(at)
}

/// Returns the next character of the IBAN after any separators, and moves `at` to the end of this
/// character.
fn next(text: Haystack<'_>, at: &mut usize, first: bool) -> Option<char> {
    let mut c = text.char(*at)?;
    let mut marks = 0;
    for _ in 0..GAP_CHARS {
        let mark = is_dash(c) || matches!(c, '.' | '_' | '/');
        marks += u32::from(mark);
        if first || marks > 1 || !mark && !is_space(c) {
            break;
        }
        *at += c.len_utf8();
        c = text.char(*at)?;
    }
    *at += c.len_utf8();
    Some(c)
}

/// Splits a layout such as `a4n14` into kinds and counts.
fn fields(layout: &str) -> impl Iterator<Item = (char, usize)> {
    layout
        .split_inclusive(|c: char| c.is_ascii_digit())
        .fold(Vec::new(), |mut fields: Vec<(char, usize)>, part| {
            let kind = part.chars().next().filter(char::is_ascii_alphabetic);
            let value = part
                .chars()
                .next_back()
                .and_then(digit)
                .map_or(0, usize::from);
            match (kind, fields.last_mut()) {
                (Some(kind), _) => fields.push((kind, value)),
                (None, Some((_, count))) => *count = *count * 10 + value,
                (None, None) => {}
            }
            fields
        })
        .into_iter()
}

fn letter(c: char) -> Option<u8> {
    c.is_ascii_alphabetic()
        .then(|| c.to_ascii_uppercase() as u8 - b'A' + 10)
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
                ("IBANDE89370400440532013000", "IBAN[iban]"),
                ("KontoDE89370400440532013000EUR", "Konto[iban]EUR"),
                ("DE89  3704  0044  0532  0130  00", "[iban]"),
                ("DE89.3704.0044.0532.0130.00", "[iban]"),
                ("DE89 - 3704 0044 0532 0130/00", "[iban]"),
                ("D E 8 9 3 7 0 4 0 0 4 4 0 5 3 2 0 1 3 0 0 0", "[iban]"),
                ("DE89\u{200b}370400440532013000", "[iban]"),
            ],
            &[
                "DE88370400440532013000",
                "DE8937040044053201300",
                "DE893704004405320130000",
                "XDE89370400440532013000",
                "DE89",
                "DE",
                "in 22 cases",
                "XIBNDE89370400440532013000",
                "IT60X0542811101000000123456EUR",
                "DE89 -- 370400440532013000",
                "DE89\n370400440532013000",
                // The checksum is right, but the layout has no letters.
                "DE36ABCD00440532013000",
                "NO 12 345",
            ],
        );
    }
}
