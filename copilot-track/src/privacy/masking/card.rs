//! Payment card numbers.
//!
//! A card number has 13 to 19 digits, passes the Luhn check, and starts with the prefix of a known
//! network. It is written without separators or in groups of at least four digits, where the last
//! group may be shorter. Two groups are separated by one space, dash, dot, or underscore.

use crate::privacy::masking::digits::{Group, groups, is_digit, is_word};
use crate::privacy::masking::haystack::{Haystack, Match, is_dash, is_space};

pub(super) const PLACEHOLDER: &str = "[card]";

const DIGITS: std::ops::RangeInclusive<usize> = 13..=19;

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

/// Returns how many of the first groups form a card number. Reads at most 19 digits.
fn card(text: Haystack<'_>, groups: &[Group]) -> Option<usize> {
    let mut digits = Vec::with_capacity(*DIGITS.end());
    let mut found = None;
    for (index, group) in groups.iter().enumerate() {
        if digits.len() + group.count > *DIGITS.end() {
            break;
        }
        digits.extend(group.digits(text));
        if DIGITS.contains(&digits.len())
            && luhn(&digits)
            && is_known_network(&digits)
            && is_standalone(text, groups.first()?, group)
        {
            found = Some(index + 1);
        }
        let joined = groups.get(index + 1).is_some_and(|next| {
            let gap = text.char(group.end);
            gap.is_some_and(|c| group.end + c.len_utf8() == next.start && is_separator(c))
        });
        if group.count < 4 || !joined {
            break;
        }
    }
    found
}

fn is_separator(c: char) -> bool {
    is_space(c) || is_dash(c) || matches!(c, '.' | '_')
}

/// Returns whether the number stands alone: it is not part of a word, and no dot or dash joins it
/// to a longer number.
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
            || is_word(c) && c != '_'
            || joins(c) && text.before(first.start - c.len_utf8()).is_some_and(part_of)
    });
    let joined_after = after.is_some_and(|c| {
        is_word(c) && c != '_'
            || joins(c) && text.char(last.end + c.len_utf8()).is_some_and(is_digit)
    });
    !joined_before && !joined_after
}

/// Returns whether the digits start with the prefix of a card network. Prefixes that are also
/// common in years and in timestamps in milliseconds are left out.
fn is_known_network(digits: &[u8]) -> bool {
    match digits {
        [2, a, b, c, ..] => (2200..=2720)
            .contains(&(2000 + u16::from(*a) * 100 + u16::from(*b) * 10 + u16::from(*c))),
        [first, ..] => (3..=6).contains(first),
        [] => false,
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
            ],
        );
    }
}
