//! The URL to which events are forwarded.

use std::net::{IpAddr, SocketAddr};

use crate::base_url::BaseUrl;

/// The URL of Segment's tracking API.
pub(crate) const SEGMENT_URL: &str = "https://api.segment.io";

/// Why events cannot be forwarded to a URL.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub(crate) enum TargetError {
    #[error("invalid URL `{0}`: expected a URL such as {SEGMENT_URL}")]
    Invalid(String),
    #[error("`{0}` is this inspector")]
    Itself(String),
    #[error("the write key is blank or contains whitespace or control characters")]
    Key,
    #[error("a write key is required")]
    NoKey,
    #[error("the HTTP client cannot be created")]
    Client,
}

/// Parses the URL of a target, and checks that it is not an inspector that listens on `own` or is
/// available at `own_url`.
pub(crate) fn parse(
    url: &str,
    own: SocketAddr,
    own_url: Option<&BaseUrl>,
) -> Result<BaseUrl, TargetError> {
    let target = BaseUrl::parse(url).ok_or_else(|| TargetError::Invalid(shown(url)))?;
    let is_own_url = own_url.is_some_and(|own| *own == target);
    if is_own_url || is_own_address(&target, own) {
        return Err(TargetError::Itself(target.url()));
    }
    Ok(target)
}

/// Returns the URL without a user and password, which must not be in an error message.
fn shown(url: &str) -> String {
    match url.rsplit_once('@') {
        Some((_, host)) => format!("…@{host}"),
        None => url.to_owned(),
    }
}

fn is_own_address(target: &BaseUrl, own: SocketAddr) -> bool {
    let default = if target.is_secure() { 443 } else { 80 };
    let port = target.authority().strip_prefix(target.host());
    let port = port.and_then(|port| port.strip_prefix(':'));
    if port.map_or(Some(default), |port| port.parse().ok()) != Some(own.port()) {
        return false;
    }
    let host = target.host().trim_matches(['[', ']']);
    let is_loopback = host == "localhost" || host.ends_with(".localhost");
    match host.parse::<IpAddr>() {
        Ok(ip) => {
            ip == own.ip() || ip.is_unspecified() || (own.ip().is_unspecified() && ip.is_loopback())
        }
        Err(_) => is_loopback && (own.ip().is_loopback() || own.ip().is_unspecified()),
    }
}
