//! IP addresses.
//!
//! An IPv4 address consists of four numbers up to 255 without leading zeros. Dots may be in
//! brackets, as in `192[.]0[.]2[.]1`. Version and section numbers look the same: see [`version`].
//!
//! An IPv6 address is any string that the standard library parses as one. It must contain a digit,
//! because `a::b` is code. It must not be an index after a name, as in `items[::2]`.

mod version;

use std::net::Ipv6Addr;

use crate::privacy::masking::digits::{digit, is_digit, is_word};
use crate::privacy::masking::haystack::{Haystack, Match};
use crate::privacy::masking::ip::version::is_version;

pub(super) const PLACEHOLDER: &str = "[ip]";

/// The maximum length of an IPv6 address in text form.
const V6_CHARS: usize = 45;

pub(super) fn find(text: Haystack<'_>) -> Vec<Match> {
    let mut matches = Vec::new();
    let mut at = 0;
    // The end of the previous version number.
    let mut version = None;
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
            at = v4(text, at, end, &mut version, &mut matches);
            continue;
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

/// Finds the IPv4 addresses that start in a run. Returns the end of the run, or the end of the last
/// address or version if that is later. Each number is read at most four times, once for each
/// position that it can have in an address.
fn v4(
    text: Haystack<'_>,
    start: usize,
    end: usize,
    version: &mut Option<usize>,
    matches: &mut Vec<Match>,
) -> usize {
    let mut at = start;
    while at < end {
        let number_end = text.skip_while(at, is_digit).min(end);
        let found = (number_end > at).then(|| numbers(text, at)).flatten();
        if let Some(to) = found {
            if is_version(text, at, to, *version) {
                *version = Some(to);
            } else {
                matches.push(Match {
                    start: at,
                    end: to,
                    placeholder: PLACEHOLDER,
                });
            }
            at = to;
            continue;
        }
        at = number_end.max(at + text.char(at).map_or(1, char::len_utf8));
    }
    at
}

/// Returns the end of four numbers with dots between them, such as an address or a version.
fn numbers(text: Haystack<'_>, start: usize) -> Option<usize> {
    if text.before(start).is_some_and(is_word)
        || continues(text.before(start), || text.before(start - 1))
    {
        return None;
    }
    let mut at = start;
    for index in 0..4 {
        if index > 0 {
            at += dot(text, at)?;
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
    ends.then_some(at)
}

/// Returns the length of the dot at `at`. Security tools put dots in brackets, so that nobody
/// follows a link by accident.
fn dot(text: Haystack<'_>, at: usize) -> Option<usize> {
    ["[.]", "(.)", "[dot]", ".", "．"]
        .iter()
        .find(|dot| text.starts_with(at, dot))
        .map(|dot| dot.len())
}

/// Returns whether a dot and a digit continue the number.
fn continues(adjacent: Option<char>, further: impl Fn() -> Option<char>) -> bool {
    adjacent == Some('.') && further().is_some_and(is_digit)
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
                ("client:2001:db8::1", "client:[ip]"),
                ("<b>::1</b>(10.0.0.1)", "<b>[ip]</b>([ip])"),
                ("192[.]0[.]2[.]1, 192.0.2(.)1", "[ip], [ip]"),
                ("host/10.0.0.5:9092", "host/[ip]:9092"),
                ("8.8.8.8 Google DNS", "[ip] Google DNS"),
                ("10.0.0.1 Connection refused", "[ip] Connection refused"),
                ("update DNS to 10.0.0.1", "update DNS to [ip]"),
                ("if ip==10.0.0.1", "if ip==[ip]"),
                ("app 10.0.0.1, x-10.0.0.1", "app [ip], x-[ip]"),
                ("version 1.2.3.4 on 10.0.0.1", "version 1.2.3.4 on [ip]"),
            ],
            &[
                "1.2.3",
                "1.2.3.4.5",
                "256.1.1.1",
                "v1.2.3.4",
                "version 1.2.3.4",
                "appversion 1.2.3.4",
                "版本号 1.2.3.4",
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
                "\"version\": \"1.2.3.4\"",
                "app_version=1.2.3.4",
                "<FileVersion>1.2.3.4</FileVersion>",
                "version number is 1.2.3.4",
                "versions 1.2.3.4, 1.2.3.5 and 1.2.4.0",
                "upgraded from 1.2.3.4 to 1.2.3.5",
                "section 1.2.3.4",
                "§ 1.2.3.4",
                "第1.2.3.4节",
                "версию 1.2.3.4",
                "1.2.3.4版",
                "app 7.4.1.2",
                "Chrome/9.1.2.3",
                "nginx/1.24.0.1",
                "x>=1.2.3.4",
                "x==1.2.3.4",
                "~> 1.2.3.4",
                "1.2.3.4+build7",
                "x-1.2.3.4.tar.gz",
                "1.2.3.4 Configuring the printer",
                "text\n## 1.2.3.4 Scope",
            ],
        );
    }
}
