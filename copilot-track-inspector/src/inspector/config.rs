//! Inspector configuration.

use std::net::{Ipv4Addr, SocketAddr};

use crate::chaos::fault::Chaos;

#[derive(Clone, Debug)]
pub(super) struct Config {
    pub(super) listen: SocketAddr,
    pub(super) allow_remote: bool,
    pub(super) hosts: Vec<String>,
    pub(super) max_events: Option<u64>,
    pub(super) max_bytes: Option<u64>,
    #[cfg(feature = "sqlite")]
    pub(super) database: Option<std::path::PathBuf>,
    pub(super) chaos: Option<Chaos>,
    pub(super) seed: Option<u64>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            allow_remote: false,
            hosts: Vec::new(),
            max_events: None,
            max_bytes: None,
            #[cfg(feature = "sqlite")]
            database: None,
            chaos: None,
            seed: None,
        }
    }
}
