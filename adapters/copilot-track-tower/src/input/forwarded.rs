//! The headers in which proxies record the addresses of their clients.

use std::net::{IpAddr, SocketAddr};

use http::{HeaderMap, HeaderName, HeaderValue};

/// The maximum number of proxies between the customer and the service.
const MAX_HOPS: usize = 32;

/// An address that a proxy recorded. `None` if it is not an IP address, for example `unknown`.
pub(crate) type Hop = Option<IpAddr>;

/// Returns the addresses of `X-Forwarded-For`, the last one first.
pub(crate) fn x_forwarded_for(headers: &HeaderMap) -> Vec<Hop> {
    let name = HeaderName::from_static("x-forwarded-for");
    let values = headers.get_all(name).into_iter().rev();
    let hops = values.flat_map(|value| {
        // A value that is not ASCII is one unknown hop.
        let value = value.to_str().unwrap_or("?");
        value.rsplit(',').map(|hop| address(hop.trim()))
    });
    hops.take(MAX_HOPS + 1).collect()
}

/// Returns the last value of `X-Forwarded-Proto`.
pub(crate) fn x_forwarded_proto(headers: &HeaderMap) -> Option<&str> {
    let name = HeaderName::from_static("x-forwarded-proto");
    let value = headers.get_all(name).into_iter().next_back()?;
    Some(value.to_str().ok()?.rsplit(',').next()?.trim())
}

/// Returns the `for` parameters of `Forwarded` (RFC 7239), the last one first.
pub(crate) fn forwarded_for(headers: &HeaderMap) -> Vec<Hop> {
    let mut hops = Vec::new();
    for value in values(headers) {
        match elements(value) {
            Some(elements) => hops.extend(elements.iter().rev().map(|element| {
                let node = parameter(element, "for")?;
                address(node)
            })),
            None => hops.push(None),
        }
        if hops.len() > MAX_HOPS {
            break;
        }
    }
    hops.truncate(MAX_HOPS + 1);
    hops
}

/// Returns the `proto` parameter of the last element of `Forwarded`.
pub(crate) fn forwarded_proto(headers: &HeaderMap) -> Option<&str> {
    let elements = elements(values(headers).next()?)?;
    let last: &str = elements.last().copied()?;
    parameter(last, "proto")
}

/// Returns whether there are more hops than any sensible chain of proxies has.
pub(crate) fn is_too_long(hops: &[Hop]) -> bool {
    hops.len() > MAX_HOPS
}

fn values(headers: &HeaderMap) -> impl Iterator<Item = &HeaderValue> {
    headers.get_all(http::header::FORWARDED).into_iter().rev()
}

/// Splits a value at its commas, except for commas in quotes. Returns `None` if a quote is not
/// closed, because a client could hide what a proxy appended behind an open quote.
fn elements(value: &HeaderValue) -> Option<Vec<&str>> {
    split(value.to_str().ok()?, ',')
}

fn split(text: &str, separator: char) -> Option<Vec<&str>> {
    let mut parts = Vec::new();
    let (mut start, mut is_quoted, mut is_escaped) = (0, false, false);
    for (index, char) in text.char_indices() {
        if is_escaped {
            is_escaped = false;
        } else if char == '"' {
            is_quoted = !is_quoted;
        } else if is_quoted {
            is_escaped = char == '\\';
        } else if char == separator {
            parts.push(text.get(start..index)?);
            start = index + 1;
        }
    }
    parts.push(text.get(start..)?);
    (!is_quoted).then_some(parts)
}

/// Returns a parameter of an element, without quotes. Returns `None` if the parameter is missing or
/// repeated.
fn parameter<'a>(element: &'a str, name: &str) -> Option<&'a str> {
    let mut found = None;
    for pair in split(element, ';')? {
        let (key, value) = pair.split_once('=')?;
        if key.trim().eq_ignore_ascii_case(name) && found.replace(value.trim()).is_some() {
            return None;
        }
    }
    let value: &str = found?;
    let unquoted = value
        .strip_prefix('"')
        .and_then(|value| value.strip_suffix('"'));
    Some(unquoted.unwrap_or(value))
}

/// Parses an address with or without brackets and a port.
fn address(text: &str) -> Hop {
    let with_port = || text.parse::<SocketAddr>().ok().map(|address| address.ip());
    let in_brackets = || {
        let inner = text.strip_prefix('[')?.strip_suffix(']')?;
        inner.parse().ok()
    };
    let ip: IpAddr = text.parse().ok().or_else(with_port).or_else(in_brackets)?;
    Some(ip.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: &'static str, values: &[&str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(name, value.parse().unwrap());
        }
        headers
    }

    fn ip(text: &str) -> Hop {
        let ip = text.parse();
        assert!(ip.is_ok(), "{text}");
        ip.ok()
    }

    #[test]
    fn the_last_address_comes_first() {
        let headers = headers(
            "x-forwarded-for",
            &[
                "1.1.1.1, 2.2.2.2:80",
                "unknown,[::1]:9,2001:db8::1,::ffff:3.3.3.3",
            ],
        );
        assert_eq!(
            x_forwarded_for(&headers),
            [
                ip("3.3.3.3"),
                ip("2001:db8::1"),
                ip("::1"),
                None,
                ip("2.2.2.2"),
                ip("1.1.1.1")
            ]
        );
    }

    #[test]
    fn forwarded_elements_are_read() {
        let headers = headers(
            "forwarded",
            &[
                "for=1.1.1.1;proto=http",
                "For=\"[2001:db8::1]:4711\" ; by=x, by=y, for=_hidden, for=2.2.2.2;proto=https",
            ],
        );
        assert_eq!(
            forwarded_for(&headers),
            [ip("2.2.2.2"), None, None, ip("2001:db8::1"), ip("1.1.1.1")]
        );
        assert_eq!(forwarded_proto(&headers), Some("https"));
    }

    #[test]
    fn open_quotes_and_repeated_parameters_are_unknown() {
        for value in [
            "for=6.6.6.6;by=\", for=9.9.9.9",
            "for=\"6.6.6.6, for=9.9.9.9",
            "for=6.6.6.6;x=\"\\\", for=9.9.9.9",
            "for=6.6.6.6;for=9.9.9.9",
            "for",
            "",
        ] {
            assert_eq!(
                forwarded_for(&headers("forwarded", &[value])),
                [None],
                "{value}"
            );
        }
    }

    #[test]
    fn long_chains_are_cut() {
        let value = "1.1.1.1,".repeat(5_000);
        let hops = x_forwarded_for(&headers("x-forwarded-for", &[&value]));
        assert!(is_too_long(&hops) && hops.len() == 33);
        let value = "for=1.1.1.1,".repeat(5_000);
        assert!(is_too_long(&forwarded_for(&headers(
            "forwarded",
            &[&value]
        ))));
    }

    #[test]
    fn the_last_protocol_is_used() {
        let headers = headers("x-forwarded-proto", &["http", "http, https"]);
        assert_eq!(x_forwarded_proto(&headers), Some("https"));
    }
}
