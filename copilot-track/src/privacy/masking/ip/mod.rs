//! IP addresses.
//!
//! An IPv4 address consists of four numbers up to 255 without leading zeros. It must not follow a
//! word such as `version`.
//!
//! An IPv6 address is any string that the standard library parses as one. It must contain a digit,
//! because `a::b` is code. It must not be an index after a name, as in `items[::2]`.

use std::net::Ipv6Addr;

use crate::privacy::masking::digits::{digit, is_digit, is_word};
use crate::privacy::masking::haystack::{Haystack, Match};

pub(super) const PLACEHOLDER: &str = "[ip]";

/// The maximum length of an IPv6 address in text form.
const V6_CHARS: usize = 45;

pub(super) fn find(text: Haystack<'_>) -> Vec<Match> {
    let mut matches = Vec::new();
    let mut at = 0;
    while let Some(c) = text.char(at) {
        if !is_v6_char(c) {
            at += c.len_utf8();
            continue;
        }
        let end = text.skip_while(at, is_v6_char);
        if let Some((start, end)) = v6(text, at, end) {
            matches.push(Match {
                start,
                end,
                placeholder: PLACEHOLDER,
            });
        } else {
            v4(text, at, end, &mut matches);
        }
        at = end;
    }
    matches
}

fn is_v6_char(c: char) -> bool {
    c.is_ascii_hexdigit() || matches!(c, ':' | '.') || is_digit(c)
}

/// Returns the IPv6 address in a run of IPv6 characters.
fn v6(text: Haystack<'_>, start: usize, end: usize) -> Option<(usize, usize)> {
    let run = text.slice(start, end);
    if !run.contains(':') || !run.contains(is_digit) {
        return None;
    }
    // A single colon or dot at either end belongs to the sentence. Two colons belong to the
    // address.
    let mut address = run.trim_end_matches('.');
    if address.ends_with(':') && !address.ends_with("::") {
        address = address.strip_suffix(':').unwrap_or(address);
    }
    let mut from = start;
    if address.starts_with(':') && !address.starts_with("::") {
        address = address.get(1..).unwrap_or_default();
        from += 1;
    }
    if address.chars().count() > V6_CHARS {
        return None;
    }
    let ascii: String = address
        .chars()
        .map(|c| digit(c).map_or(c, |value| char::from(b'0' + value)))
        .collect();
    ascii.parse::<Ipv6Addr>().ok()?;
    let to = from + address.len();
    // `b2::add(` is a function call.
    let named = ascii
        .rsplit(':')
        .next()
        .is_some_and(|last| last.starts_with(char::is_alphabetic));
    let code = |c: char| is_word(c) || named && c == '(';
    let indexed = || {
        text.before(from) == Some('[')
            && (text.before(from - 1)).is_some_and(|c| is_word(c) || matches!(c, ')' | ']'))
    };
    let apart = !text.before(from).is_some_and(is_word) && !text.char(to).is_some_and(code);
    (apart && !indexed()).then_some((from, to))
}

/// Finds the IPv4 addresses in a run. Each number is read at most four times, once for each
/// position that it can have in an address.
fn v4(text: Haystack<'_>, start: usize, end: usize, matches: &mut Vec<Match>) {
    let mut at = start;
    while at < end {
        let number_end = text.skip_while(at, is_digit).min(end);
        if number_end > at
            && let Some(to) = v4_end(text, at)
        {
            matches.push(Match {
                start: at,
                end: to,
                placeholder: PLACEHOLDER,
            });
            at = to;
            continue;
        }
        at = number_end.max(at + text.char(at).map_or(1, char::len_utf8));
    }
}

fn v4_end(text: Haystack<'_>, start: usize) -> Option<usize> {
    if text.before(start).is_some_and(is_word)
        || continues(text.before(start), || text.before(start - 1))
    {
        return None;
    }
    let mut at = start;
    for index in 0..4 {
        if index > 0 {
            at = text.char(at).filter(|&c| c == '.').map(|_| at + 1)?;
        }
        let from = at;
        let mut value = 0;
        while let Some(next) = text.char(at).and_then(digit) {
            // Leading zeros are not allowed.
            if at > from && value == 0 || value > 25 {
                return None;
            }
            value = value * 10 + u32::from(next);
            at += text.char(at).map_or(1, char::len_utf8);
        }
        if at == from || value > 255 {
            return None;
        }
    }
    let ends =
        !text.char(at).is_some_and(is_word) && !continues(text.char(at), || text.char(at + 1));
    (ends && !after_version(text, start) && !before_release(text, at)).then_some(at)
}

/// Returns whether a pre-release suffix follows, as in `1.2.3.4-beta`.
fn before_release(text: Haystack<'_>, end: usize) -> bool {
    text.char(end) == Some('-')
        && [
            "alpha", "beta", "rc", "pre", "dev", "snapshot", "canary", "nightly",
        ]
        .iter()
        .any(|stage| {
            let name = text.slice(end + 1, end + 1 + stage.len());
            name.eq_ignore_ascii_case(stage)
        })
}

/// Returns whether a dot and a digit continue the number.
fn continues(adjacent: Option<char>, further: impl Fn() -> Option<char>) -> bool {
    adjacent == Some('.') && further().is_some_and(is_digit)
}

fn after_version(text: Haystack<'_>, start: usize) -> bool {
    let end = text.skip_back(start, 2, |c| matches!(c, ' ' | ':' | '='));
    let word = text.slice(text.skip_back(end, 8, |c| c.is_ascii_alphabetic()), end);
    ["version", "release", "firmware", "build", "ver"]
        .iter()
        .any(|v| word.eq_ignore_ascii_case(v))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::privacy::masking::tests::table::table;

    #[test]
    fn addresses() {
        table(
            find,
            &[
                ("from 192.168.1.10.", "from [ip]."),
                ("http://10.0.0.1:8080/x", "http://[ip]:8080/x"),
                ("10.0.0.1-10.0.0.255 10.0.0.0/8", "[ip]-[ip] [ip]/8"),
                ("ip:8.8.8.8", "ip:[ip]"),
                ("１９２.１６８.１.１", "[ip]"),
                ("[::1]:80, fe80::1%eth0", "[[ip]]:80, [ip]%eth0"),
                ("2001:db8:0:0:8:800:200c:417a.", "[ip]."),
                ("::ffff:192.0.2.1", "[ip]"),
                ("host: 2001:db8::", "host: [ip]"),
                ("<b>::1</b>(10.0.0.1)", "<b>[ip]</b>([ip])"),
            ],
            &[
                "1.2.3",
                "1.2.3.4.5",
                "256.1.1.1",
                "v1.2.3.4",
                "version 1.2.3.4",
                "1.2.3.4-beta",
                "1.2.3.4-RC1",
                "01.2.3.4",
                "10:30:45",
                "std::fs::read",
                "a::b",
                "f64::EPSILON",
                "xs[::2]",
                "xs[1::2]",
                "aa:bb:cc:dd:ee:ff",
                "::",
                "10.0.19041.1",
                "2026-11-22T10:30:00",
                "dead::beef",
                "b2::add(1)",
            ],
        );
    }
}
