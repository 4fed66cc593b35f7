//! Proxies whose headers are trusted.

use std::net::IpAddr;

use http::HeaderMap;
use ipnet::IpNet;

use crate::input::forwarded;

/// The networks of your proxies, and the header in which they record the address of the customer.
///
/// The header is read only if the peer of the connection is in one of the networks. The customer's
/// address is the last one in the header that is not in these networks, because everything before
/// it could have been written by the customer.
///
/// ```
/// use copilot_track_tower::TrustedProxies;
///
/// let proxies = TrustedProxies::x_forwarded_for(["10.0.0.0/8", "::1"])?;
/// # drop(proxies);
/// # Ok::<(), copilot_track_tower::ParseNetworkError>(())
/// ```
///
/// Choose the header that your proxies write. Proxies usually pass on the other header unchanged,
/// so a customer could choose its contents.
#[derive(Debug, Clone)]
pub struct TrustedProxies {
    networks: Vec<IpNet>,
    header: ProxyHeader,
}

#[derive(Debug, Clone, Copy)]
enum ProxyHeader {
    XForwardedFor,
    Forwarded,
}

/// The error returned for a string that is not a network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseNetworkError {
    network: String,
}

impl std::fmt::Display for ParseNetworkError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "`{}` is not a network: use an address with a prefix length, such as `10.0.0.0/8`, or \
             a single address",
            self.network
        )
    }
}

impl std::error::Error for ParseNetworkError {}

impl TrustedProxies {
    /// Trusts `X-Forwarded-For` and `X-Forwarded-Proto` from these networks. A network is an
    /// address with a prefix length, such as `10.0.0.0/8`, or a single address.
    ///
    /// # Errors
    /// Returns [`ParseNetworkError`] if a string is not a network.
    pub fn x_forwarded_for<N: AsRef<str>>(
        networks: impl IntoIterator<Item = N>,
    ) -> Result<Self, ParseNetworkError> {
        Self::new(networks, ProxyHeader::XForwardedFor)
    }

    /// Trusts `Forwarded` ([RFC 7239](https://www.rfc-editor.org/rfc/rfc7239)) from these networks.
    ///
    /// # Errors
    /// Returns [`ParseNetworkError`] if a string is not a network.
    pub fn forwarded<N: AsRef<str>>(
        networks: impl IntoIterator<Item = N>,
    ) -> Result<Self, ParseNetworkError> {
        Self::new(networks, ProxyHeader::Forwarded)
    }

    fn new<N: AsRef<str>>(
        networks: impl IntoIterator<Item = N>,
        header: ProxyHeader,
    ) -> Result<Self, ParseNetworkError> {
        let networks = networks.into_iter().map(|network| parse(network.as_ref()));
        Ok(Self {
            networks: networks.collect::<Result<_, _>>()?,
            header,
        })
    }

    /// Returns the customer's address. Returns `None` if a proxy recorded something other than an
    /// address.
    pub(crate) fn client(&self, peer: IpAddr, headers: &HeaderMap) -> Option<IpAddr> {
        let mut client = peer.to_canonical();
        if !self.contains(client) {
            return Some(client);
        }
        let hops = match self.header {
            ProxyHeader::XForwardedFor => forwarded::x_forwarded_for(headers),
            ProxyHeader::Forwarded => forwarded::forwarded_for(headers),
        };
        if forwarded::is_too_long(&hops) {
            return None;
        }
        for hop in hops {
            client = hop?;
            if !self.contains(client) {
                break;
            }
        }
        Some(client)
    }

    /// Returns whether a trusted proxy reports that the customer uses HTTPS.
    pub(crate) fn is_https(&self, peer: IpAddr, headers: &HeaderMap) -> bool {
        let scheme = match self.header {
            ProxyHeader::XForwardedFor => forwarded::x_forwarded_proto(headers),
            ProxyHeader::Forwarded => forwarded::forwarded_proto(headers),
        };
        self.contains(peer.to_canonical())
            && scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case("https"))
    }

    fn contains(&self, ip: IpAddr) -> bool {
        self.networks.iter().any(|network| network.contains(&ip))
    }
}

fn parse(network: &str) -> Result<IpNet, ParseNetworkError> {
    let text = network.trim();
    let single = || text.parse::<IpAddr>().ok().map(IpNet::from);
    text.parse()
        .ok()
        .or_else(single)
        .ok_or_else(|| ParseNetworkError {
            network: network.to_owned(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(proxies: &TrustedProxies, peer: &str, name: &'static str, value: &str) -> String {
        let mut headers = HeaderMap::new();
        headers.insert(name, value.parse().unwrap());
        let client = proxies.client(peer.parse().unwrap(), &headers);
        client.map_or_else(|| "none".to_owned(), |ip| ip.to_string())
    }

    #[test]
    fn the_last_address_outside_the_networks_is_the_customer() {
        let proxies = TrustedProxies::x_forwarded_for(["10.0.0.0/8", "192.0.2.1"]).unwrap();
        let client = |peer, value| client(&proxies, peer, "x-forwarded-for", value);
        assert_eq!(client("10.0.0.1", "203.0.113.7"), "203.0.113.7");
        assert_eq!(client("::ffff:10.0.0.1", "203.0.113.7"), "203.0.113.7");
        assert_eq!(
            client("10.0.0.1", "6.6.6.6, 203.0.113.7, 10.2.3.4"),
            "203.0.113.7"
        );
        assert_eq!(client("192.0.2.1", "203.0.113.7, 10.2.3.4"), "203.0.113.7");
        // Every hop is inside the networks.
        assert_eq!(client("10.0.0.1", "10.1.1.1, 10.2.2.2"), "10.1.1.1");
    }

    #[test]
    fn headers_of_other_peers_are_ignored() {
        let proxies = TrustedProxies::x_forwarded_for(["10.0.0.0/8"]).unwrap();
        let client = |peer, value| client(&proxies, peer, "x-forwarded-for", value);
        assert_eq!(client("203.0.113.9", "6.6.6.6"), "203.0.113.9");
        assert_eq!(client("203.0.113.9", "6.6.6.6, 10.0.0.1"), "203.0.113.9");
        assert_eq!(client("2001:db8::1", "6.6.6.6"), "2001:db8::1");
    }

    #[test]
    fn an_unknown_hop_hides_the_customer() {
        let proxies = TrustedProxies::x_forwarded_for(["10.0.0.0/8"]).unwrap();
        let client = |value| client(&proxies, "10.0.0.1", "x-forwarded-for", value);
        assert_eq!(client("6.6.6.6, unknown"), "none");
        assert_eq!(client("6.6.6.6, , 10.1.1.1"), "none");
        assert_eq!(client(""), "none");
        assert_eq!(
            client(&format!("6.6.6.6{}", ", 10.1.1.1".repeat(40))),
            "none"
        );
    }

    #[test]
    fn only_the_chosen_header_is_read() {
        let proxies = TrustedProxies::forwarded(["10.0.0.0/8"]).unwrap();
        let client = |name, value| client(&proxies, "10.0.0.1", name, value);
        assert_eq!(client("x-forwarded-for", "6.6.6.6"), "10.0.0.1");
        assert_eq!(
            client("forwarded", "for=6.6.6.6, for=203.0.113.7"),
            "203.0.113.7"
        );
    }

    #[test]
    fn https_is_reported_by_proxies_only() {
        let proxies = TrustedProxies::x_forwarded_for(["10.0.0.0/8"]).unwrap();
        let mut headers = HeaderMap::new();
        headers.insert("x-forwarded-proto", "HTTPS".parse().unwrap());
        let is_https = |peer: &str| proxies.is_https(peer.parse().unwrap(), &headers);
        assert!(is_https("10.0.0.1"));
        assert!(!is_https("203.0.113.9"));
    }

    #[test]
    fn networks_must_be_valid() {
        for network in ["", "10.0.0.0/33", "localhost", "10.0.0.0/8,::1"] {
            let error = TrustedProxies::forwarded([network]).unwrap_err();
            assert!(
                error
                    .to_string()
                    .starts_with(&format!("`{network}` is not a network"))
            );
        }
    }
}
