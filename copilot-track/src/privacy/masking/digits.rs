//! Digits in any script, and groups of digits.

use crate::privacy::masking::haystack::Haystack;

/// The code point of the digit zero in each script that has its own digits. The other nine digits
/// follow it.
const ZEROS: [u32; 37] = [
    0x30, 0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66,
    0xde6, 0xe50, 0xed0, 0xf20, 0x1040, 0x1090, 0x17e0, 0x1810, 0x1946, 0x19d0, 0x1a80, 0x1a90,
    0x1b50, 0x1bb0, 0x1c40, 0x1c50, 0xa620, 0xa8d0, 0xa900, 0xa9d0, 0xa9f0, 0xaa50, 0xabf0, 0xff10,
];
/// Mathematical digits (bold, double-struck, and so on): five sets of ten.
const STYLED: std::ops::RangeInclusive<u32> = 0x1d7ce..=0x1d7ff;

pub(super) fn digit(c: char) -> Option<u8> {
    if c.is_ascii() {
        return c.is_ascii_digit().then(|| c as u8 - b'0');
    }
    let code = u32::from(c);
    // The blocks of Latin, Greek, Cyrillic, and Hebrew letters contain no digits outside ASCII, nor
    // do those of Chinese and Japanese characters.
    if code < 0x660 || (0x3000..0xa000).contains(&code) {
        return None;
    }
    let value = if STYLED.contains(&code) {
        (code - STYLED.start()) % 10
    } else {
        let zero = ZEROS.iter().rev().find(|&&zero| zero <= code)?;
        code - zero
    };
    u8::try_from(value).ok().filter(|&value| value < 10)
}

pub(super) fn is_digit(c: char) -> bool {
    digit(c).is_some()
}

/// Returns whether `c` forms one word with an adjacent digit. Letters outside ASCII do not, because
/// Chinese and Japanese put no space between a number and the words around it.
pub(super) fn is_word(c: char) -> bool {
    c.is_ascii_alphabetic() || c == '_' || is_digit(c)
}

/// A run of adjacent digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Group {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) count: usize,
}

impl Group {
    pub(super) fn digits(self, text: Haystack<'_>) -> impl Iterator<Item = u8> {
        text.slice(self.start, self.end).chars().filter_map(digit)
    }
}

/// Returns all groups of digits in `text`.
pub(super) fn groups(text: Haystack<'_>) -> Vec<Group> {
    let mut groups = Vec::new();
    let mut at = 0;
    while let Some(c) = text.char(at) {
        let start = at;
        at += c.len_utf8();
        if !is_digit(c) {
            continue;
        }
        let mut count = 1;
        while let Some(c) = text.char(at).filter(|&c| is_digit(c)) {
            at += c.len_utf8();
            count += 1;
        }
        groups.push(Group {
            start,
            end: at,
            count,
        });
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_in_any_script() {
        for nine in ["9", "９", "٩", "۹", "९", "𝟗", "𝟿"] {
            assert_eq!(nine.chars().next().and_then(digit), Some(9), "{nine}");
        }
        for other in ['a', '²', '½', '一', 'Ⅸ', '٪', '：', '\u{10ffff}'] {
            assert_eq!(digit(other), None, "{other}");
        }
        assert!(ZEROS.is_sorted());
    }

    #[test]
    fn groups_are_maximal() {
        let counts: Vec<_> = groups(Haystack::new("a12-٣٤٥ 6"))
            .iter()
            .map(|g| g.count)
            .collect();
        assert_eq!(counts, [2, 3, 1]);
    }
}
