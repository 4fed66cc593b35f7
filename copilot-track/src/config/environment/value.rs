//! Parses the values of environment variables.

use std::time::Duration;

use crate::delivery::endpoint::PlainHttp;
use crate::delivery::queue::overflow_policy::Overflow;

pub(super) const FLAG: &str = "`1` or `0`";
pub(super) const NUMBER: &str = "a whole number";
pub(super) const DURATION: &str = "a whole number with a unit: `500ms`, `2s`, `5m`, or `12h`";
pub(super) const BYTES: &str = "a number of bytes, e.g. `67108864`, `64MiB`, or `1GiB`";
pub(super) const SHARE: &str = "a number from 0 to 1, e.g. `0.25`";
pub(super) const HOSTS: &str = "`0`, `1`, or the names of hosts, e.g. `inspector,10.0.0.7`";
pub(super) const OVERFLOW: &str =
    "`drop_newest`, `drop_oldest`, `spill_to_disk`, or `block:` and a duration, e.g. `block:2s`";

pub(super) fn flag(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "1" | "true" | "yes" | "on" => Some(true),
        "0" | "false" | "no" | "off" => Some(false),
        _ => None,
    }
}

/// Parses a duration. The unit is required, because other libraries use different units: some use
/// seconds, others milliseconds.
pub(super) fn duration(text: &str) -> Option<Duration> {
    let (number, unit) = split_unit(text)?;
    match unit.to_ascii_lowercase().as_str() {
        "ms" => Some(Duration::from_millis(number)),
        "s" => Some(Duration::from_secs(number)),
        "m" => Some(Duration::from_secs(number.checked_mul(60)?)),
        "h" => Some(Duration::from_secs(number.checked_mul(60 * 60)?)),
        // Zero is the same in every unit.
        "" if number == 0 => Some(Duration::ZERO),
        _ => None,
    }
}

pub(super) fn bytes(text: &str) -> Option<u64> {
    let (number, unit) = split_unit(text)?;
    let factor = match unit.to_ascii_lowercase().as_str() {
        "" => 1,
        "kib" => 1 << 10,
        "mib" => 1 << 20,
        "gib" => 1 << 30,
        _ => return None,
    };
    number.checked_mul(factor)
}

/// Parses the hosts for which plain HTTP is allowed.
pub(super) fn plain_http(text: &str) -> Option<PlainHttp> {
    match flag(text) {
        Some(true) => return Some(PlainHttp::AnyHost),
        Some(false) => return Some(PlainHttp::LoopbackOnly),
        None => {}
    }
    let hosts: Vec<String> = text.split(',').map(|host| host.trim().to_owned()).collect();
    // A URL, or a host with a port, would never match.
    let is_host = |host: &String| {
        let is_address = host.parse::<std::net::Ipv6Addr>().is_ok();
        is_address || !(host.is_empty() || host.contains([':', '/', '@', ' ', '*']))
    };
    hosts.iter().all(is_host).then_some(PlainHttp::Hosts(hosts))
}

pub(super) fn overflow(text: &str) -> Option<Overflow> {
    match text.to_ascii_lowercase().as_str() {
        "drop_newest" => Some(Overflow::DropNewest),
        "drop_oldest" => Some(Overflow::DropOldest),
        #[cfg(feature = "spool")]
        "spill_to_disk" => Some(Overflow::SpillToDisk),
        text => duration(text.strip_prefix("block:")?).map(Overflow::Block),
    }
}

/// Splits a whole number from its unit. Whitespace between them is ignored.
fn split_unit(text: &str) -> Option<(u64, &str)> {
    let digits = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    Some((number.parse().ok()?, unit.trim_start()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_a_unit() {
        for (text, millis) in [
            ("500ms", 500),
            ("2s", 2_000),
            ("2 S", 2_000),
            ("5m", 300_000),
            ("12h", 43_200_000),
            ("0", 0),
        ] {
            assert_eq!(
                duration(text),
                Some(Duration::from_millis(millis)),
                "{text}"
            );
        }
        let too_long = format!("{}h", u64::MAX);
        for text in [
            "", "5", "-5s", "1.5s", "s", "5d", "5sec", "1h30m", &too_long,
        ] {
            assert_eq!(duration(text), None, "{text}");
        }
        // Even the longest duration is accepted, so code that computes with it must not overflow.
        assert!(duration(&format!("{}s", u64::MAX)).is_some());
    }

    #[test]
    fn byte_counts_can_have_a_unit() {
        for (text, expected) in [
            ("0", 0),
            ("67108864", 64 << 20),
            ("64MiB", 64 << 20),
            ("1 gib", 1 << 30),
            ("3KiB", 3 << 10),
        ] {
            assert_eq!(bytes(text), Some(expected), "{text}");
        }
        for text in ["", "MiB", "64M", "64MB", "-1", "1e9", "99999999999GiB"] {
            assert_eq!(bytes(text), None, "{text}");
        }
    }

    #[test]
    fn hosts_are_a_flag_or_names() {
        assert_eq!(plain_http("1"), Some(PlainHttp::AnyHost));
        assert_eq!(plain_http("off"), Some(PlainHttp::LoopbackOnly));
        let hosts = ["inspector", "10.0.0.7", "::2"].map(str::to_owned);
        let expected = PlainHttp::Hosts(hosts.into());
        assert_eq!(plain_http("inspector, 10.0.0.7,::2"), Some(expected));
        for text in ["", ",", "a,,b", "http://a", "a:80", "*.example", "a b"] {
            assert_eq!(plain_http(text), None, "{text}");
        }
    }

    #[test]
    fn overflow_policies_are_parsed() {
        assert_eq!(overflow("Drop_Oldest"), Some(Overflow::DropOldest));
        let block = Overflow::Block(Duration::from_secs(2));
        assert_eq!(overflow("block:2s"), Some(block));
        for text in ["", "block", "block:", "block:2", "drop"] {
            assert_eq!(overflow(text), None, "{text}");
        }
    }
}
