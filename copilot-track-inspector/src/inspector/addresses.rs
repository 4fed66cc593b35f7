//! The addresses of this machine.

use std::net::{IpAddr, SocketAddr};

/// Returns the addresses of this machine, other than loopback, on which a server that listens on
/// the unspecified address `listen` can be reached. Returns none if the system does not report
/// them.
pub(super) fn of_this_machine(listen: SocketAddr) -> impl Iterator<Item = SocketAddr> {
    let interfaces = if_addrs::get_if_addrs().unwrap_or_default();
    let mut addresses: Vec<_> = interfaces
        .iter()
        .map(if_addrs::Interface::ip)
        .filter(|address| can_be_reached(*address, listen.is_ipv4()))
        .collect();
    addresses.sort_unstable();
    addresses.dedup();
    addresses
        .into_iter()
        .map(move |address| SocketAddr::new(address, listen.port()))
}

fn can_be_reached(address: IpAddr, only_v4: bool) -> bool {
    let is_link_local = match address {
        IpAddr::V4(address) => address.is_link_local(),
        // A URL cannot contain the zone that such an address needs.
        IpAddr::V6(address) => only_v4 || address.is_unicast_link_local(),
    };
    !address.is_loopback() && !is_link_local
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_and_link_local_addresses_are_left_out() {
        let reached = |address: &str, only_v4| can_be_reached(address.parse().unwrap(), only_v4);
        assert!(reached("192.168.0.7", true));
        assert!(reached("2001:db8::1", false));
        for (address, only_v4) in [
            ("127.0.0.1", true),
            ("169.254.1.1", true),
            ("2001:db8::1", true),
            ("fe80::1", false),
            ("::1", false),
        ] {
            assert!(!reached(address, only_v4), "{address}");
        }
    }
}
