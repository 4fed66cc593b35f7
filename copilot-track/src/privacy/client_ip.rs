//! How much of a customer's IP address is sent.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use crate::privacy::content::Content;

/// How much of a customer's IP address is sent in [`Context::ip`](crate::Context::ip).
///
/// The rule of the [content policy](crate::Content) applies if it is stricter: `Masked` truncates
/// the address, and `Hidden` drops it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[non_exhaustive]
pub enum ClientIp {
    /// The complete address.
    #[default]
    Full,
    /// The address with the last 8 bits (IPv4) or the last 80 bits (IPv6) set to zero. A string
    /// that is not an address is not sent.
    Truncated,
    /// Nothing.
    Dropped,
}

impl ClientIp {
    /// Returns the rule of a content policy.
    pub(crate) fn of(content: Content) -> Self {
        match content {
            Content::Full => Self::Full,
            Content::Masked => Self::Truncated,
            Content::Hidden => Self::Dropped,
        }
    }

    /// Returns the part of the address that is sent.
    pub(crate) fn apply(self, ip: &str) -> Option<String> {
        match self {
            Self::Full => Some(ip.to_owned()),
            Self::Truncated => Some(truncated(parse(ip)?).to_string()),
            Self::Dropped => None,
        }
    }
}

/// Parses an address, which can be followed by a port.
fn parse(ip: &str) -> Option<IpAddr> {
    let with_port = || ip.parse::<SocketAddr>().ok();
    ip.parse().ok().or_else(|| Some(with_port()?.ip()))
}

fn truncated(ip: IpAddr) -> IpAddr {
    match ip.to_canonical() {
        IpAddr::V4(ip) => {
            let [a, b, c, _] = ip.octets();
            Ipv4Addr::new(a, b, c, 0).into()
        }
        IpAddr::V6(ip) => {
            let [a, b, c, ..] = ip.segments();
            Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0).into()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_truncated_address_keeps_its_network() {
        let truncated = |ip| ClientIp::Truncated.apply(ip);
        assert_eq!(truncated("203.0.113.7").as_deref(), Some("203.0.113.0"));
        assert_eq!(truncated("203.0.113.7:443").as_deref(), Some("203.0.113.0"));
        assert_eq!(
            truncated("2001:db8:1:2::3").as_deref(),
            Some("2001:db8:1::")
        );
        assert_eq!(
            truncated("[2001:db8:1:2::3]:443").as_deref(),
            Some("2001:db8:1::")
        );
        assert_eq!(
            truncated("::ffff:203.0.113.7").as_deref(),
            Some("203.0.113.0")
        );
        for text in ["", "localhost", "203.0.113", "203.0.113.7, 10.0.0.1"] {
            assert_eq!(truncated(text), None, "{text}");
        }
    }

    #[test]
    fn the_other_rules_do_not_read_the_address() {
        assert_eq!(ClientIp::Full.apply("x").as_deref(), Some("x"));
        assert_eq!(ClientIp::Dropped.apply("203.0.113.7"), None);
        assert!(ClientIp::Full < ClientIp::Truncated && ClientIp::Truncated < ClientIp::Dropped);
    }
}
