//! The builder of an inspector.

use std::net::SocketAddr;

use super::{
    config::{Config, Secret},
    handle::Inspector,
};
use crate::{chaos::fault::Chaos, error::StartError};

/// Configures and starts an [`Inspector`].
#[derive(Clone, Debug, Default)]
#[must_use = "an inspector does nothing until `start` is called"]
pub struct InspectorBuilder {
    config: Config,
}

impl Inspector {
    /// Starts an inspector that listens on a free port of `127.0.0.1` and keeps events in memory.
    ///
    /// # Errors
    ///
    /// Returns the same errors as [`InspectorBuilder::start`].
    pub async fn start() -> Result<Self, StartError> {
        Self::builder().start().await
    }

    /// Returns a builder with the default configuration.
    pub fn builder() -> InspectorBuilder {
        InspectorBuilder::default()
    }
}

impl InspectorBuilder {
    /// Sets the address to listen on. Port 0 selects a free port. Default: `127.0.0.1:0`.
    pub fn listen(mut self, address: SocketAddr) -> Self {
        self.config.listen = address;
        self
    }

    /// Sets whether to allow an address that other machines can reach. These machines can then read
    /// all conversations, unless a [`token`](Self::token) is set. Default: `false`.
    pub fn allow_remote(mut self, allow: bool) -> Self {
        self.config.allow_remote = allow;
        self
    }

    /// Adds a host name by which clients may address the inspector, such as the name of a
    /// container. A port in the name is ignored. `localhost` and loopback addresses are always
    /// allowed.
    pub fn host(mut self, name: impl Into<String>) -> Self {
        self.config.hosts.push(name.into());
        self
    }

    /// Allows pages of this origin, such as `https://shop.example`, to send events. `*` allows
    /// every origin. Pages on this machine, such as `http://localhost:3000`, are always allowed.
    /// Clients that are not pages are not affected.
    pub fn allow_origin(mut self, origin: impl Into<String>) -> Self {
        self.config.origins.push(origin.into());
        self
    }

    /// Sets a token without which the page and the API cannot be used. Programs send it as a Bearer
    /// token; a browser opens `/?token=TOKEN` once. The tracking API needs no token, because SDKs
    /// cannot send one.
    ///
    /// A token has at least 8 characters: letters, digits, and `-._~`.
    pub fn token(mut self, token: impl Into<String>) -> Self {
        self.config.token = Some(Secret(token.into()));
        self
    }

    /// Sets the URL at which a proxy makes the inspector available, such as
    /// `https://tools.example/inspector`. The proxy can remove the path or leave it in place.
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.config.base_url = Some(url.into());
        self
    }

    /// Sets the maximum number of events. When this number is exceeded, the oldest events are
    /// evicted. Default: 200,000 in memory and 10,000,000 in a database.
    pub fn max_events(mut self, events: u64) -> Self {
        self.config.max_events = Some(events);
        self
    }

    /// Sets the approximate maximum total size of the events, in bytes. When this size is exceeded,
    /// the oldest events are evicted. In memory, this size includes indexes and the memory for
    /// requests. Default: 256 MiB in memory and 8 GiB in a database.
    pub fn max_bytes(mut self, bytes: u64) -> Self {
        self.config.max_bytes = Some(bytes);
        self
    }

    /// Keeps events in this `SQLite` database, which is created if it does not exist.
    #[cfg(feature = "sqlite")]
    pub fn database(mut self, file: impl Into<std::path::PathBuf>) -> Self {
        self.config.database = Some(file.into());
        self
    }

    /// Sets whether the database contains an index for searches. Without an index, less is written
    /// for each event, but a search reads all events. Default: `true`.
    #[cfg(feature = "sqlite")]
    pub fn search_index(mut self, enabled: bool) -> Self {
        self.config.has_search_index = enabled;
        self
    }

    /// Checks every event against the tracking plan in this file. The file is read again when it
    /// changes, and the newest 200,000 stored events are then checked again.
    pub fn plan(mut self, file: impl Into<std::path::PathBuf>) -> Self {
        self.config.plan = Some(file.into());
        self
    }

    /// Does not report the findings whose keys are in this file, one per line, such as
    /// `unplanned-property Item Purchased: properties.price`. It has an effect only with a plan.
    pub fn accept(mut self, file: impl Into<std::path::PathBuf>) -> Self {
        self.config.accepted = Some(file.into());
        self
    }

    /// Forwards all events that arrive to Segment, with this write key of a Segment source. Events
    /// that were imported, and events that the page sends again, are not forwarded. By default,
    /// nothing is forwarded.
    ///
    /// [`Inspector::forwarding`] returns the number of forwarded events.
    #[cfg(feature = "forward")]
    pub fn forward(mut self, write_key: impl Into<String>) -> Self {
        self.config.forward_key = Some(Secret(write_key.into()));
        self
    }

    /// Sets the URL to which events are forwarded, such as `https://events.eu1.segmentapis.com` for
    /// a workspace in the EU. It requires [`forward`](Self::forward). Default:
    /// `https://api.segment.io`.
    #[cfg(feature = "forward")]
    pub fn forward_to(mut self, url: impl Into<String>) -> Self {
        self.config.forward_to = Some(url.into());
        self
    }

    /// Starts with this fault active.
    pub fn chaos(mut self, chaos: Chaos) -> Self {
        self.config.chaos = Some(chaos);
        self
    }

    /// Sets the seed of the random numbers that select the requests on which a fault occurs.
    /// Default: a random seed.
    pub fn chaos_seed(mut self, seed: u64) -> Self {
        self.config.seed = Some(seed);
        self
    }

    /// Starts the inspector on its own threads. This method works with any async executor.
    ///
    /// # Errors
    ///
    /// Returns an error if the address is in use, if it is not a loopback address and remote access
    /// is not allowed, if the database cannot be opened, or if the token, the base URL, the fault,
    /// or a setting for forwarding is invalid.
    pub async fn start(self) -> Result<Inspector, StartError> {
        Inspector::launch(self.config).await
    }
}
