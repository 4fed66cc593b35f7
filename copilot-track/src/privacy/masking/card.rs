//! Payment card numbers.
//!
//! A card number passes the Luhn check and has the prefix and the length of a known network. It is
//! written without separators, as separate single digits, or in groups of at least four digits (the
//! last group may be shorter). After a word such as `card`, the groups can have any length.
//! Adjacent groups are separated by spaces or by one dash, dot, underscore, or slash.
//!
//! A number after a word such as `order` or `IMEI` is not a card number. A number of 13 or 14
//! digits that passes the check of product numbers (EAN, GTIN, ISBN) is a card number only after a
//! word such as `card`.

use crate::privacy::masking::digits::{Group, groups, is_digit, is_word};
use crate::privacy::masking::haystack::{Haystack, Match, is_dash, is_space};
use crate::privacy::masking::preceding_words::{PrecedingWords, RECORDS, is_in, is_quantity};

pub(super) const PLACEHOLDER: &str = "[card]";

const DIGITS: std::ops::RangeInclusive<usize> = 13..=19;
const GAP_CHARS: usize = 3;

pub(super) fn find(text: Haystack<'_>) -> Vec<Match> {
    let groups = groups(text);
    let mut matches = Vec::new();
    let mut index = 0;
    while let Some(rest) = groups.get(index..).filter(|rest| !rest.is_empty()) {
        let length = card(text, rest);
        if let (Some(first), Some(last)) = (rest.first(), length.and_then(|n| rest.get(n - 1))) {
            matches.push(Match {
                start: first.start,
                end: last.end,
                placeholder: PLACEHOLDER,
            });
        }
        index += length.unwrap_or(1);
    }
    matches
}

/// Returns the number of leading groups that form a card number. Reads at most 19 digits.
fn card(text: Haystack<'_>, groups: &[Group]) -> Option<usize> {
    let first = groups.first()?;
    let mut digits = Vec::with_capacity(*DIGITS.end());
    let mut found = None;
    let mut context = None;
    for (index, group) in groups.iter().enumerate() {
        if digits.len() + group.count > *DIGITS.end() {
            break;
        }
        digits.extend(group.digits(text));
        if DIGITS.contains(&digits.len())
            && luhn(&digits)
            && is_known_network(&digits)
            && is_standalone(text, first, group)
        {
            let context = *context.get_or_insert_with(|| context_of(text, first.start));
            let groups = groups.get(..=index)?;
            let fits = match context {
                Context::Card => true,
                Context::Record => false,
                Context::Unknown => {
                    is_usual(groups)
                        && !is_product(groups, &digits)
                        && !is_quantity(text, group.end)
                }
            };
            if fits {
                found = Some(index + 1);
            }
        }
        let next = groups.get(index + 1);
        if next.is_none_or(|next| !is_gap(text, group.end, next.start)) {
            break;
        }
    }
    found
}

/// Returns whether the text between two groups can be part of a card number.
fn is_gap(text: Haystack<'_>, start: usize, end: usize) -> bool {
    if end - start > GAP_CHARS * 3 {
        return false;
    }
    let gap = text.slice(start, end);
    let marks = gap.chars().filter(|&c| !is_space(c));
    gap.chars().count() <= GAP_CHARS
        && gap
            .chars()
            .all(|c| is_space(c) || is_dash(c) || matches!(c, '.' | '_' | '/'))
        && marks.count() < 2
}

/// Returns whether card numbers are usually written in groups like these.
fn is_usual(groups: &[Group]) -> bool {
    let single = groups.len() > 1 && groups.iter().all(|group| group.count == 1);
    let long = |group: &Group| group.count > 3;
    single
        || groups
            .split_last()
            .is_some_and(|(_, rest)| rest.iter().all(long))
}

/// Returns whether the digits are more likely to be a product or record number than a card number.
/// Such a number has 13 or 14 digits that pass the check of product numbers, or 17 or 18 digits
/// without separators.
fn is_product(groups: &[Group], digits: &[u8]) -> bool {
    match digits.len() {
        13 | 14 => has_product_check(digits),
        17 | 18 => groups.len() == 1,
        _ => false,
    }
}

/// Returns whether the last digit is the check digit of an EAN or a GTIN.
fn has_product_check(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .zip([1, 3].into_iter().cycle())
        .map(|(&digit, weight)| u32::from(digit) * weight)
        .sum();
    sum.is_multiple_of(10)
}

/// Returns whether the number stands alone: it is not part of a word, and no dot or dash joins it
/// to a longer number. It may directly follow a word such as `card` or precede a word such as
/// `exp`.
fn is_standalone(text: Haystack<'_>, first: &Group, last: &Group) -> bool {
    let part_of = |c: char| {
        if first == last {
            is_digit(c)
        } else {
            is_word(c)
        }
    };
    let before = text.before(first.start);
    let after = text.char(last.end);
    let joins = |c: char| is_dash(c) || c == '.';
    let joined_before = before.is_some_and(|c| {
        c == '+'
            || is_word(c) && c != '_' && !follows_card_word(text, first.start)
            || joins(c)
                && text.before(first.start - c.len_utf8()).is_some_and(part_of)
                && !follows_card_word(text, first.start - c.len_utf8())
    });
    let joined_after = after.is_some_and(|c| {
        let further = text.char(last.end + c.len_utf8());
        is_word(c) && c != '_' && !precedes_card_word(text, last.end)
            || joins(c) && further.is_some_and(is_digit)
            || c == '_' && further.is_some_and(|c| c.is_ascii_alphabetic())
            || c == '.' && is_file_extension(text, last.end + 1)
    });
    !joined_before && !joined_after
}

/// Returns whether the word that starts at `start` is a file extension.
fn is_file_extension(text: Haystack<'_>, start: usize) -> bool {
    let end = text.skip_up_to(start, 5, |c| c.is_ascii_alphanumeric());
    let extension = text.slice(start, end);
    FILES.contains(&extension)
}

const FILES: [&str; 12] = [
    "pdf", "jpg", "jpeg", "png", "gif", "csv", "txt", "zip", "json", "xml", "mp4", "docx",
];
/// The endings of words that a card number can directly follow.
#[rustfmt::skip]
const GLUED_BEFORE: [&str; 16] = [
    "card", "cardnumber", "cardno", "cardnum", "visa", "mastercard", "maestro", "amex", "discover",
    "jcb", "unionpay", "pan", "tarjeta", "karte", "carte", "cc",
];
/// The beginnings of words that can directly follow a card number.
const GLUED_AFTER: [&str; 8] = ["exp", "cvv", "cvc", "cid", "valid", "thru", "bis", "and"];

fn follows_card_word(text: Haystack<'_>, end: usize) -> bool {
    let start = text.skip_back(end, 12, |c| c.is_ascii_alphabetic());
    let word = text.slice(start, end).to_ascii_lowercase();
    GLUED_BEFORE
        .iter()
        .any(|glued| word == *glued || glued.len() > 3 && word.ends_with(glued))
}

fn precedes_card_word(text: Haystack<'_>, start: usize) -> bool {
    let end = text.skip_up_to(start, 5, |c| c.is_ascii_alphabetic());
    let word = text.slice(start, end).to_ascii_lowercase();
    GLUED_AFTER.iter().any(|glued| word.starts_with(glued))
}

/// What the words before a number say about it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Context {
    Card,
    /// The number of an order, a product, or another record.
    Record,
    Unknown,
}

#[rustfmt::skip]
const CARD_WORDS: &[&str] = &[
    "card", "cards", "cardnumber", "cardno", "visa", "mastercard", "maestro", "amex", "express",
    "discover", "diners", "jcb", "unionpay", "troy", "rupay", "credit", "debit", "pan", "cc", "ccn",
    "creditcard", "tarjeta", "crédito", "débito", "cartão", "cartao", "carte", "carta", "karte",
    "kreditkarte", "kartennummer", "kreditkartennummer", "kaart", "kaartnummer", "kort",
    "kortnummer", "kortti", "korttinumero", "karta", "karty", "kart", "kartica", "карт", "بطاقة",
    "البطاقة", "कार्ड", "卡号", "卡號", "信用卡", "银行卡", "カード", "카드",
];
/// Words that can occur between one of the words above and the number.
#[rustfmt::skip]
const FILLERS: &[&str] = &[
    "number", "no", "nr", "num", "n", "is", "it", "s", "id", "with", "the", "my", "full", "numero",
    "número", "numéro", "nummer", "номер", "numer", "broj", "de", "del", "di", "da", "es", "est",
    "ist", "è", "é", "to", "on", "club",
];

fn context_of(text: Haystack<'_>, start: usize) -> Context {
    let mut id = false;
    for word in PrecedingWords::new(text, start) {
        if is_in(CARD_WORDS, &word) {
            return Context::Card;
        }
        if is_in(RECORDS, &word) {
            return Context::Record;
        }
        if !FILLERS.contains(&word.as_str()) {
            break;
        }
        id |= word == "id";
    }
    if id {
        Context::Record
    } else {
        Context::Unknown
    }
}

/// Returns whether the digits have the prefix and the length of a card network. Prefixes with which
/// years or millisecond timestamps also often start are left out.
fn is_known_network(digits: &[u8]) -> bool {
    let prefix = |length| {
        digits
            .iter()
            .take(length)
            .fold(0, |n, &d| n * 10 + u32::from(d))
    };
    let (two, three, four) = (prefix(2), prefix(3), prefix(4));
    let maestro = matches!(two, 50 | 56..=69);
    match digits.len() {
        // Visa.
        13 => two / 10 == 4,
        // Diners Club.
        14 => matches!(three, 300..=305 | 309) || matches!(two, 36 | 38 | 39),
        // American Express.
        15 => matches!(two, 34 | 37),
        // Visa, Mastercard, Maestro, Discover, UnionPay, JCB, Diners Club, RuPay, Mir, and Troy.
        16 => {
            matches!(two, 40..=49 | 50..=69 | 81 | 82 | 36 | 38 | 39)
                || matches!(four, 2200..=2720 | 3528..=3589 | 9792)
                || matches!(three, 300..=305)
        }
        17 | 18 => maestro,
        19 => maestro || two / 10 == 4 || matches!(four, 3528..=3589),
        _ => false,
    }
}

pub(super) fn luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(index, &digit)| {
            let value = u32::from(digit) << (index % 2);
            value / 10 + value % 10
        })
        .sum();
    sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::privacy::masking::tests::table::table;

    #[test]
    fn cards() {
        table(
            find,
            &[
                ("4111111111111111", "[card]"),
                ("pay with 4111 1111 1111 1111 now", "pay with [card] now"),
                ("12 5555-5555-5555-4444, 12/27", "12 [card], 12/27"),
                ("Amex 3782 822463 10005.", "Amex [card]."),
                ("4222222222222", "[card]"),
                ("４１１１　１１１１　１１１１　１１１１", "[card]"),
                ("٤١١١١١١١١١١١١١١١", "[card]"),
                ("卡号4111111111111111。", "卡号[card]。"),
                ("card-4111111111111111", "card-[card]"),
                ("(-4111111111111111)", "(-[card])"),
                ("visa-4111-1111-1111-1111", "visa-[card]"),
                ("card4111111111111111", "card[card]"),
                ("Visa4111111111111111exp1227", "Visa[card]exp1227"),
                ("4111  1111  1111  1111", "[card]"),
                ("4111 - 1111 - 1111 - 1111", "[card]"),
                ("4111/1111/1111/1111", "[card]"),
                ("4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1", "[card]"),
                ("card: 411111 11111 11111", "card: [card]"),
                ("4111\u{200b}1111\u{2060}1111\u{feff}1111", "[card]"),
                ("9792 0300 0000 0000", "[card]"),
                // An EAN that passes the Luhn check.
                ("card 4727899067643", "card [card]"),
            ],
            &[
                "4111111111111112",
                "41111111111111111111111",
                "0.4111111111111111",
                "1700000000000",
                "2019 2020 2021 2022",
                "WGT-1550",
                "x4111111111111111",
                "38 40 42 44 46 48 50",
                "+4111111111111111",
                "e29b-4111-1111-1111-1111",
                "4111 1111 1111\n1111",
                "4727899067643",
                "EAN 4111111111111111",
                "order 4111111111111111",
                "order no. 4111 1111 1111 1111",
                "\"orderId\": \"4111111111111111\"",
                "заказа 4111111111111111",
                "订单号4111111111111111",
                "IMEI 353879234252633",
                "353879234252633",
                "4111111111111111 rows",
                "4111111111111111abc",
                "41 11 11 11 11 11 11 11",
                "4111111111111111.pdf",
                "img_4111111111111111_n",
                "620000000000000005",
            ],
        );
    }

    #[test]
    fn networks() {
        let is_known = |number: &str| {
            let digits: Vec<u8> = number.bytes().map(|digit| digit - b'0').collect();
            is_known_network(&digits)
        };
        for known in [
            "4735190284673",
            "30173519028467",
            "30973519028467",
            "36735190284678",
            "347351902846731",
            "4735190284673519",
            "2221351902846735",
            "3530735190284673",
            "3017351902846735",
            "8135190284673519",
            "58735190284673513",
            "587351902846735197",
            "6735190284673519026",
            "4735190284673519028",
            "3530735190284673518",
        ] {
            assert!(is_known(known), "{known}");
        }
        for unknown in [
            "473519028467",
            "1735190284673",
            "31073519028467",
            "40735190284678",
            "357351902846731",
            "1735190284673519",
            "3117351902846735",
            "47351902846735199",
            "497351902846735199",
            "1735190284673519021",
            "47351902846735190284",
        ] {
            assert!(!is_known(unknown), "{unknown}");
        }
    }
}
