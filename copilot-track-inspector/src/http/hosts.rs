//! The host names by which clients may address the server.

use std::net::IpAddr;

/// The host names by which clients may address the server, in addition to loopback names.
#[derive(Clone, Debug, Default)]
pub(crate) struct AllowedHosts {
    names: Vec<String>,
    /// Whether all IP addresses are allowed. DNS rebinding needs a name, so addresses are safe.
    any_address: bool,
}

impl AllowedHosts {
    pub(crate) fn new(names: impl IntoIterator<Item = String>, any_address: bool) -> Self {
        let names = names
            .into_iter()
            .map(|name| without_port(&name).unwrap_or(&name).to_ascii_lowercase())
            .collect();
        Self { names, any_address }
    }

    /// Returns whether a `Host` header, with or without a port, is allowed.
    pub(super) fn contains(&self, host: &str) -> bool {
        let Some(name) = without_port(host) else {
            return false;
        };
        let name = name.to_ascii_lowercase();
        is_loopback_name(&name)
            || self.names.contains(&name)
            || self.any_address && address(&name).is_some()
    }
}

/// Returns whether a host, with or without a port, is this machine.
pub(super) fn is_loopback(host: &str) -> bool {
    without_port(host).is_some_and(|name| is_loopback_name(&name.to_ascii_lowercase()))
}

fn is_loopback_name(name: &str) -> bool {
    name == "localhost"
        || name.ends_with(".localhost")
        || address(name).is_some_and(|address| address.is_loopback())
}

fn address(name: &str) -> Option<IpAddr> {
    name.strip_prefix('[')
        .and_then(|name| name.strip_suffix(']'))
        .unwrap_or(name)
        .parse()
        .ok()
}

/// Returns a host without its port, or `None` if the port is not a number.
fn without_port(host: &str) -> Option<&str> {
    let end = if host.starts_with('[') {
        host.find(']')? + 1
    } else {
        host.find(':').unwrap_or(host.len())
    };
    let (name, port) = host.split_at_checked(end)?;
    let is_port = port.is_empty()
        || port
            .strip_prefix(':')
            .is_some_and(|port| port.bytes().all(|byte| byte.is_ascii_digit()));
    is_port.then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_and_configured_names_are_allowed() {
        let hosts = AllowedHosts::new(
            ["Inspector:8077".to_owned(), "192.168.0.7".to_owned()],
            false,
        );
        for host in [
            "localhost",
            "LOCALHOST:80",
            "127.0.0.1:1",
            "127.9.9.9",
            "[::1]:8077",
            "app.localhost:1",
            "inspector:8077",
            "192.168.0.7:8077",
        ] {
            assert!(hosts.contains(host), "{host}");
        }
        for host in [
            "",
            "example.com",
            "127.0.0.1.example.com",
            "localhost.example.com",
            "notlocalhost",
            "10.0.0.1",
            "[::1",
            "[::2]",
            "0.0.0.0:1",
            "localhost:80@example.com",
            "localhost:x",
            "localhost:80:80",
            "2130706433",
        ] {
            assert!(!hosts.contains(host), "{host}");
        }
    }

    #[test]
    fn with_remote_access_any_address_is_allowed_but_no_other_name() {
        let hosts = AllowedHosts::new([], true);
        for host in ["10.0.0.1:8077", "[2001:db8::1]:8077", "localhost"] {
            assert!(hosts.contains(host), "{host}");
        }
        for host in ["evil.example", "10.0.0.1.evil.example", "1"] {
            assert!(!hosts.contains(host), "{host}");
        }
    }
}
