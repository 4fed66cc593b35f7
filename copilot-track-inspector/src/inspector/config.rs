//! Inspector configuration.

use std::{
    fmt,
    net::{Ipv4Addr, SocketAddr},
};

use crate::chaos::fault::Chaos;

#[derive(Clone, Debug)]
pub(super) struct Config {
    pub(super) listen: SocketAddr,
    pub(super) allow_remote: bool,
    pub(super) hosts: Vec<String>,
    pub(super) origins: Vec<String>,
    pub(super) token: Option<Secret>,
    pub(super) base_url: Option<String>,
    pub(super) max_events: Option<u64>,
    pub(super) max_bytes: Option<u64>,
    #[cfg(feature = "sqlite")]
    pub(super) database: Option<std::path::PathBuf>,
    #[cfg(feature = "sqlite")]
    pub(super) has_search_index: bool,
    pub(super) plan: Option<std::path::PathBuf>,
    pub(super) accepted: Option<std::path::PathBuf>,
    #[cfg(feature = "forward")]
    pub(super) forward_key: Option<Secret>,
    #[cfg(feature = "forward")]
    pub(super) forward_to: Option<String>,
    pub(super) chaos: Option<Chaos>,
    pub(super) seed: Option<u64>,
}

/// A text that is not written to logs.
#[derive(Clone)]
pub(super) struct Secret(pub(super) String);

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("…")
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            allow_remote: false,
            hosts: Vec::new(),
            origins: Vec::new(),
            token: None,
            base_url: None,
            max_events: None,
            max_bytes: None,
            #[cfg(feature = "sqlite")]
            database: None,
            #[cfg(feature = "sqlite")]
            has_search_index: true,
            plan: None,
            accepted: None,
            #[cfg(feature = "forward")]
            forward_key: None,
            #[cfg(feature = "forward")]
            forward_to: None,
            chaos: None,
            seed: None,
        }
    }
}
