//! Settings of an inspector.

use std::net::SocketAddr;

use super::{config::Config, handle::Inspector};
use crate::{chaos::fault::Chaos, error::StartError};

/// Settings of an [`Inspector`].
#[derive(Clone, Debug, Default)]
#[must_use = "nothing listens until it is started"]
pub struct InspectorBuilder {
    config: Config,
}

impl Inspector {
    /// Begins to listen on a free port of `127.0.0.1`, with events in memory.
    ///
    /// # Errors
    ///
    /// As [`InspectorBuilder::start`].
    pub async fn start() -> Result<Self, StartError> {
        Self::builder().start().await
    }

    /// Settings to begin with.
    pub fn builder() -> InspectorBuilder {
        InspectorBuilder::default()
    }
}

impl InspectorBuilder {
    /// Where to listen. Default: a free port of `127.0.0.1`.
    pub fn listen(mut self, address: SocketAddr) -> Self {
        self.config.listen = address;
        self
    }

    /// Allows an address that other machines reach. They can then read what was said, and there is
    /// no password.
    pub fn allow_remote(mut self, allow: bool) -> Self {
        self.config.allow_remote = allow;
        self
    }

    /// A name, without a port, that requests may address it by, beside `localhost` and loopback
    /// addresses, such as the name of a container.
    pub fn host(mut self, name: impl Into<String>) -> Self {
        self.config.hosts.push(name.into());
        self
    }

    /// How many events are kept; the oldest make room. Default: 200,000 in memory, 10,000,000 in a
    /// file.
    pub fn max_events(mut self, events: u64) -> Self {
        self.config.max_events = Some(events);
        self
    }

    /// How many bytes, about, are kept; the oldest events make room. Default: 256 MiB in memory,
    /// 8 GiB in a file.
    pub fn max_bytes(mut self, bytes: u64) -> Self {
        self.config.max_bytes = Some(bytes);
        self
    }

    /// Keeps the history in this file, which is made if it is not there.
    #[cfg(feature = "sqlite")]
    pub fn database(mut self, file: impl Into<std::path::PathBuf>) -> Self {
        self.config.database = Some(file.into());
        self
    }

    /// Begins with this fault on.
    pub fn chaos(mut self, chaos: Chaos) -> Self {
        self.config.chaos = Some(chaos);
        self
    }

    /// The seed of the faults' dice, to have the same faults again. Default: another each time.
    pub fn chaos_seed(mut self, seed: u64) -> Self {
        self.config.seed = Some(seed);
        self
    }

    /// Begins to listen, on a thread of its own; any executor may call it.
    ///
    /// # Errors
    ///
    /// If the address is taken, or is not a loopback one and remote is not allowed; if the database
    /// cannot be opened; if a fault is out of its range.
    pub async fn start(self) -> Result<Inspector, StartError> {
        Inspector::open(self.config).await
    }
}
