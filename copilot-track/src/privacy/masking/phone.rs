//! Phone numbers.
//!
//! A number counts as a phone number only if one of these conditions holds:
//!
//! - It starts with `+` or `00` and a country code, and has 7 to 15 digits, grouped in any way. If
//!   more than seven digits follow `00` without a separator, the number must have at least ten
//!   digits after `00`.
//! - It has an area code in parentheses, as in `(555) 123-4567`, and 7 to 15 digits.
//! - It starts with a single zero and has 9 to 12 digits, or 8 to 13 digits if they are grouped.
//! - Its groups have a layout that is used in some country: see [`is_phone_layout`].
//! - It has ten or eleven digits and the form of a number in India, North America, or China: see
//!   [`is_ungrouped_phone`].
//! - It follows a word such as `phone` or `call`, and has 7 to 15 digits, grouped in any way.
//!
//! Dates do not count. Numbers after a currency sign, `#`, or a word such as `order` do not count
//! either. The same is true of numbers that are next to a letter, or that are joined to other text
//! by a dash or a decimal point.

use crate::privacy::masking::digits::{Group, groups, is_digit, is_word};
use crate::privacy::masking::haystack::{Haystack, Match, is_dash, is_space};
use crate::privacy::masking::preceding_words::{RECORDS, is_in, is_quantity};

pub(super) const PLACEHOLDER: &str = "[phone]";

const MAX_DIGITS: usize = 15;
/// The maximum number of characters between two groups, as in `) ` or ` - `.
const MAX_GAP_CHARS: usize = 3;

pub(super) fn find(text: Haystack<'_>) -> Vec<Match> {
    let groups = groups(text);
    let mut matches: Vec<Match> = Vec::new();
    let mut index = 0;
    while let Some(rest) = groups.get(index..).filter(|rest| !rest.is_empty()) {
        let done = matches.last().map_or(0, |found| found.end);
        let found = Number::read(text, rest).and_then(|number| number.phone(done));
        if let Some((start, end, length)) = found {
            matches.push(Match {
                start,
                end,
                placeholder: PLACEHOLDER,
            });
            index += length;
        } else {
            index += 1;
        }
    }
    matches
}

/// The groups that can form one number: at most 15 digits after an optional `00`.
struct Number<'t> {
    text: Haystack<'t>,
    groups: &'t [Group],
    digits: Vec<u8>,
}

impl<'t> Number<'t> {
    fn read(text: Haystack<'t>, groups: &'t [Group]) -> Option<Self> {
        let mut digits = Vec::new();
        let mut length = 0;
        for (index, group) in groups.iter().enumerate() {
            let joined = index.checked_sub(1).and_then(|i| groups.get(i));
            let joined = joined.is_none_or(|before| is_gap(text, before.end, group.start));
            if !joined || digits.len() + group.count > MAX_DIGITS + 2 {
                break;
            }
            // `06 12 34 56 78 / 06 87 65 43 21` is two numbers.
            if digits.len() >= 7
                && group.digits(text).next() == Some(0)
                && (groups.get(index.wrapping_sub(1)))
                    .is_some_and(|before| text.slice(before.end, group.start).contains('/'))
            {
                break;
            }
            digits.extend(group.digits(text));
            length += 1;
        }
        let groups = groups.get(..length).filter(|groups| !groups.is_empty())?;
        Some(Self {
            text,
            groups,
            digits,
        })
    }

    /// Returns the start, the end, and the number of groups of the phone number that begins with
    /// the first group.
    fn phone(&self, done: usize) -> Option<(usize, usize, usize)> {
        let first = self.groups.first()?;
        let (start, prefix) = self.start(first.start, done);
        let before = self.text.before(start);
        if before.is_some_and(is_word) {
            return None;
        }
        if prefix.plus {
            if self.digits.first() == Some(&0) {
                return None;
            }
            let length = self.longest(|digits| (7..=MAX_DIGITS).contains(&digits))?;
            return Some((start, self.end(length)?, length));
        }
        let joined = before.is_some_and(|c| {
            let further = self.text.before(start - c.len_utf8());
            is_dash(c) && further.is_some_and(char::is_alphanumeric)
                || matches!(c, '.' | ',' | ':') && further.is_some_and(is_digit)
        });
        if joined {
            return None;
        }
        if self.digits.starts_with(&[0, 0]) && self.digits.get(2).is_some_and(|&d| d > 0) {
            let min_chars = if first.count > 9 { 12 } else { 9 };
            let length = self.longest(|digits| (min_chars..=MAX_DIGITS + 2).contains(&digits))?;
            return Some((start, self.end(length)?, length));
        }
        let word = preceding_word(self.text, start);
        if let [only, ..] = self.groups
            && (7..=MAX_DIGITS).contains(&only.count)
            && start
                .checked_sub(6)
                .is_some_and(|at| self.text.starts_with(at, "wa.me/"))
        {
            return Some((start, only.end, 1));
        }
        let length = (1..=self.groups.len()).rev().find(|&length| {
            self.groups.get(..length).is_some_and(|groups| {
                self.national(groups, prefix.parenthesis, word)
                    && !continues_after(self.text, groups)
            })
        })?;
        Some((start, self.end(length)?, length))
    }

    fn end(&self, length: usize) -> Option<usize> {
        Some(self.groups.get(length.checked_sub(1)?)?.end)
    }

    /// Returns the start of the number, including a plus sign and a parenthesis before the digits.
    fn start(&self, digits: usize, done: usize) -> (usize, Prefix) {
        let mut start = digits;
        let mut prefix = Prefix::default();
        for _ in 0..2 {
            let Some(c) = self.text.before(start).filter(|_| start > done) else {
                break;
            };
            match c {
                '+' | '＋' if !prefix.plus => prefix.plus = true,
                '(' | '（' if !prefix.parenthesis => prefix.parenthesis = true,
                _ => break,
            }
            start -= c.len_utf8();
        }
        (start, prefix)
    }

    /// Returns the largest number of leading groups whose total digit count satisfies `fit`.
    fn longest(&self, fit: impl Fn(usize) -> bool) -> Option<usize> {
        let mut digits = 0;
        let mut longest = None;
        for (index, group) in self.groups.iter().enumerate() {
            digits += group.count;
            if fit(digits) {
                longest = Some(index + 1);
            }
        }
        longest
    }

    /// Returns whether `groups`, which are the first groups of this number, form a national number.
    fn national(&self, groups: &[Group], parenthesis: bool, word: PrecedingWord) -> bool {
        let counts: Vec<usize> = groups.iter().map(|group| group.count).collect();
        let count = counts.iter().sum();
        let Some(digits) = self.digits.get(..count) else {
            return false;
        };
        if !(7..=MAX_DIGITS).contains(&count) || has_date(self.text, groups) {
            return false;
        }
        let gaps: Vec<&str> = groups
            .windows(2)
            .filter_map(|pair| match pair {
                [a, b] => Some(self.text.slice(a.end, b.start)),
                _ => None,
            })
            .collect();
        if word == PrecedingWord::Phone {
            return true;
        }
        let area = gaps.first().is_some_and(|gap| gap.starts_with([')', '）']));
        if parenthesis {
            return area;
        }
        if area || word == PrecedingWord::OtherNumber {
            return false;
        }
        let trunk = digits.first() == Some(&0) && digits.get(1).is_some_and(|&d| d > 0);
        match counts.as_slice() {
            [_] if trunk => (9..=12).contains(&count),
            [_] => {
                let counted = groups
                    .last()
                    .is_some_and(|last| is_quantity(self.text, last.end));
                is_ungrouped_phone(digits) && !counted
            }
            [first, ..] if trunk && *first > 1 && (8..=13).contains(&count) => {
                // Pairs of digits with different separators between them are a date and a time.
                counts.iter().any(|&n| n != 2) || gaps.iter().all(|gap| Some(gap) == gaps.first())
            }
            _ => is_phone_layout(&counts, digits, &gaps),
        }
    }
}

#[derive(Default)]
struct Prefix {
    plus: bool,
    parenthesis: bool,
}

/// Returns whether ten or eleven adjacent digits look like a phone number.
fn is_ungrouped_phone(digits: &[u8]) -> bool {
    match digits {
        // A date and an hour, as in 2026112210.
        [2, 0, _, _, m, n, d, e, _, _] if m * 10 + n <= 12 && d * 10 + e <= 31 => false,
        // India, and then North America, where neither the area code nor the exchange begins with 0
        // or 1.
        [6..=9, _, _, _, _, _, _, _, _, _]
        | [2..=9, _, _, 2..=9, _, _, _, _, _, _]
        | [1, 2..=9, _, _, 2..=9, _, _, _, _, _, _]
        // China.
        | [1, 3..=9, _, _, _, _, _, _, _, _, _] => true,
        _ => false,
    }
}

/// Returns whether the groups have the layout of a country: 555-123-4567, 1 555 123 4567, 555#0123,
/// 98765 43210, 11 91234#5678, or 138 1234 5678. In this list, `#` stands for a required dash.
fn is_phone_layout(counts: &[usize], digits: &[u8], gaps: &[&str]) -> bool {
    let dash = |gap: Option<&&str>| gap.is_some_and(|gap| gap.chars().all(is_dash));
    let from_two = |at: usize| digits.get(at).is_some_and(|&d| d > 1);
    match counts {
        // Adjacent unrelated numbers are common, but few of them start like this.
        [3, 3, 4] => {
            gaps.iter().any(|gap| !gap.chars().all(is_space)) || from_two(0) && from_two(3)
        }
        [1, 3, 3, 4] => digits.first() == Some(&1) && from_two(1) && from_two(4),
        [3, 4] => dash(gaps.first()) && from_two(0),
        [5, 5] => {
            digits.first().is_some_and(|&d| d > 5)
                && gaps.iter().all(|gap| *gap == " " || *gap == "-")
        }
        [2, 4 | 5, 4] => dash(gaps.last()),
        // Russia.
        [1, 3, 3, 2, 2] => matches!(digits.first(), Some(7 | 8)),
        [3, 3, 2, 2] => dash(gaps.last()) && from_two(0),
        [3, 4, 4] => digits.first() == Some(&1) && digits.get(1).is_some_and(|&d| d > 2),
        _ => false,
    }
}

/// Returns whether the text between two groups can be part of one number.
fn is_gap(text: Haystack<'_>, start: usize, end: usize) -> bool {
    if end - start > MAX_GAP_CHARS * 3 {
        return false;
    }
    let gap = text.slice(start, end);
    gap.chars().count() <= MAX_GAP_CHARS
        && gap
            .chars()
            .all(|c| is_space(c) || is_dash(c) || matches!(c, '.' | '/' | '(' | ')' | '（' | '）'))
}

/// Returns whether the same word, identifier, or decimal number continues after the groups.
fn continues_after(text: Haystack<'_>, groups: &[Group]) -> bool {
    let Some((end, c)) = groups
        .last()
        .and_then(|last| Some((last.end, text.char(last.end)?)))
    else {
        return false;
    };
    let further = text.char(end + c.len_utf8());
    is_word(c)
        || is_dash(c) && further.is_some_and(char::is_alphanumeric)
        || matches!(c, '.' | ',' | ':') && further.is_some_and(is_digit)
        || matches!(c, '%' | '€' | '$' | '£')
}

/// Returns whether three adjacent groups are a day, a month, and a year.
fn has_date(text: Haystack<'_>, groups: &[Group]) -> bool {
    let value = |group: &Group| group.digits(text).fold(0_u32, |n, d| n * 10 + u32::from(d));
    let year = |g: &Group| g.count == 4 && (1900..2100).contains(&value(g));
    let day = |g: &Group| g.count < 3 && (1..=31).contains(&value(g));
    groups.windows(3).any(|three| match three {
        [a, b, c] => day(b) && (year(a) && day(c) || day(a) && year(c)),
        _ => false,
    })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum PrecedingWord {
    Phone,
    /// A price, or a number that identifies something else.
    OtherNumber,
    None,
}

#[rustfmt::skip]
const PHONE_WORDS: &[&str] = &[
    "phone", "telephone", "tel", "mobile", "mob", "cell", "cellphone", "fax", "call", "dial",
    "whatsapp", "sms", "telefon", "telefonnummer", "mobil", "mobilnummer", "handy", "handynummer",
    "rufnummer", "anrufen", "telefono", "teléfono", "móvil", "movil", "celular", "llámame",
    "cellulare", "téléphone", "telephone", "portable", "appelez", "telefone", "telemóvel", "ligue",
    "telefoon", "mobiel", "puhelin", "тел", "телефон", "мобильный", "звоните", "هاتف", "फ़ोन",
    "मोबाइल", "telefonu", "telefone", "telefonszám", "telefonnr", "telefoonnummer", "tlf", "gsm",
    "mobiltelefon", "telefón", "телефона", "телефону", "телефоны", "мобильного", "τηλέφωνο",
];
/// Phone words in scripts that are written without spaces.
const PHONE_ENDINGS: [&str; 8] = [
    "电话",
    "電話",
    "手机",
    "手機",
    "携帯",
    "番号は",
    "전화",
    "号码",
];
/// Words that can occur between one of the words above and the number.
#[rustfmt::skip]
const FILLERS: [&str; 22] = [
    "at", "me", "is", "us", "on", "my", "es", "est", "ist", "è", "é", "al", "au", "unter", "на",
    "mio", "mi", "meine", "mon", "no", "nr", "n",
];
const NUMBERS: [&str; 9] = [
    "number",
    "numero",
    "número",
    "numéro",
    "nummer",
    "num",
    "номер",
    "numer",
    "broj",
];
/// Possessives. "My number" means a phone number unless a word such as `order` comes between the
/// two words.
const POSSESSIVES: [&str; 10] = [
    "my", "mio", "mi", "meine", "mon", "meu", "minha", "mijn", "мой", "min",
];

/// Classifies a number by the words before it. Reads at most four words of at most 14 letters each.
fn preceding_word(text: Haystack<'_>, start: usize) -> PrecedingWord {
    let mut end = start;
    let mut numbered = false;
    for _ in 0..4 {
        let word_end = text.skip_back(end, 3, |c| {
            is_space(c) || matches!(c, ':' | '.' | '=' | '：')
        });
        if text
            .before(word_end)
            .is_some_and(|c| matches!(c, '#' | '№' | '$' | '€' | '£' | '¥'))
        {
            return PrecedingWord::OtherNumber;
        }
        let from = text.skip_back(word_end, 14, char::is_alphabetic);
        let word = text.slice(from, word_end).to_lowercase();
        let word = word.as_str();
        let names = |ending: &&str| word.ends_with(*ending);
        if PHONE_WORDS.contains(&word) || PHONE_ENDINGS.iter().any(names) {
            return PrecedingWord::Phone;
        }
        if word == "id" || is_in(RECORDS, word) {
            return PrecedingWord::OtherNumber;
        }
        if numbered && POSSESSIVES.contains(&word) {
            return PrecedingWord::Phone;
        }
        numbered |= NUMBERS.contains(&word);
        if !FILLERS.contains(&word) && !NUMBERS.contains(&word) {
            break;
        }
        end = from;
    }
    PrecedingWord::None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::privacy::masking::tests::table::table;

    #[test]
    fn numbers() {
        table(
            find,
            &[
                ("+15551234567", "[phone]"),
                ("call +49 (0)30 123456-78, please", "call [phone], please"),
                ("(+44) 20 7946 0958", "[phone]"),
                ("0049 30 1234567", "[phone]"),
                ("00493012345678", "[phone]"),
                ("(555) 123-4567!", "[phone]!"),
                ("((555) 123-4567)", "([phone])"),
                ("555-123-4567 or 555.987.6543", "[phone] or [phone]"),
                ("555-0123", "[phone]"),
                ("1-800-555-0199", "[phone]"),
                ("020 7946 0958", "[phone]"),
                ("01.23.45.67.89", "[phone]"),
                ("0171/1234567", "[phone]"),
                ("2125550123", "[phone]"),
                ("98765 43210", "[phone]"),
                ("电话13812345678。", "电话[phone]。"),
                ("٠٣٠ ١٢٣٤٥٦٧", "[phone]"),
                ("＋４９３０１２３４５６７", "[phone]"),
                ("my phone number is 5550123", "my phone number is [phone]"),
                ("Tel.: 612 345 678", "Tel.: [phone]"),
                ("номер телефона: 89161234567", "номер телефона: [phone]"),
                ("numer telefonu 600 700 800", "numer telefonu [phone]"),
                ("06 12 34 56 78 / 06 87 65 43 21", "[phone] / [phone]"),
                ("8-800-555-35-35", "[phone]"),
                ("mi móvil es 612 345 678", "mi móvil es [phone]"),
                ("Il mio numero è 347 123 4567", "Il mio numero è [phone]"),
                ("wa.me/491711234567", "wa.me/[phone]"),
                ("555-123-4567/555-987-6543", "[phone]/[phone]"),
            ],
            &[
                "2026-11-22",
                "22.11.2026",
                "11/22/2026 10:30",
                "01-02-2026 10:30",
                "08.11.26 10.15",
                "2026-11-22T10:30:45.123456789Z",
                "20261122",
                "2026112210",
                "10:30:45",
                "1700000000",
                "1700000000000",
                "$1,234,567.00",
                "1 234 567.89",
                "3.1415926535",
                "order 4711",
                "order 2345678901",
                "order number is 234 567 890",
                "UPC 036000291452",
                "la suma es 612 345 678",
                "#2345678901",
                "WGT-1550",
                "ORD-2345678901",
                "123-45-6789",
                "550e8400-e29b-41d4-a716-446655440000",
                "12345678-1234-4234-8234-123456789012",
                "x+1234567",
                "978-3-16-148410-0",
                "2.10.34567",
                "0000012345",
                "1280x1024",
                "90 days",
                "$2125550123",
                "10-20-30",
                "123-456-7890-12",
                "f(123) + 4567890",
                "52.520008, 13.404954",
                "call 911",
                "customer number 7045550123",
                "Bestellung 2125550123",
                "2125550123 rows",
            ],
        );
    }
}
