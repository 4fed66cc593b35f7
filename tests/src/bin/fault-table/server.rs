//! The server of one run. Its faults can change during the run.

use std::time::Duration;

use copilot_track_tests::{
    Behavior, FaultPlan, FaultServer, RequestLog, ReservedPort, TlsServer, UNRESOLVABLE_URL,
};

use crate::faults::Fault;

/// The server, and the endpoint that is configured for the tracker.
pub(crate) struct FaultyServer {
    server: Option<Server>,
    /// The requests that arrived before the server was stopped.
    earlier: RequestLog,
    bad_endpoint: Option<BadEndpoint>,
    blocks_hook: bool,
    up_at: Option<Duration>,
    down_at: Option<Duration>,
    healthy_at: Option<Duration>,
}

enum Server {
    Up(FaultServer),
    Down(ReservedPort),
}

/// An endpoint that does not work.
enum BadEndpoint {
    Tls(TlsServer),
    Dns,
}

impl FaultyServer {
    /// Starts the server. `duration` is how long it takes to emit all events.
    pub(crate) fn new(fault: Fault, duration: Duration) -> Self {
        let mut this = Self {
            server: None,
            earlier: RequestLog::default(),
            bad_endpoint: None,
            blocks_hook: false,
            up_at: None,
            down_at: None,
            healthy_at: None,
        };
        let script = match fault {
            Fault::Behaves(script) => script,
            Fault::FullDisk(_) | Fault::SecondProcess(_) => healthy(),
            Fault::DownAtStart(length) => {
                this.up_at = Some(length);
                this.server = Some(Server::Down(FaultServer::reserve()));
                return this;
            }
            Fault::DownMidway(length) => {
                (this.down_at, this.up_at) = (Some(duration / 2), Some(duration / 2 + length));
                healthy()
            }
            Fault::Temporary(length, behavior) => {
                this.healthy_at = Some(length);
                FaultPlan::always(behavior)
            }
            Fault::Tls(tls) => {
                this.bad_endpoint = Some(BadEndpoint::Tls(TlsServer::start(tls)));
                healthy()
            }
            Fault::BlockedHook => {
                this.blocks_hook = true;
                healthy()
            }
            Fault::Dns => {
                this.bad_endpoint = Some(BadEndpoint::Dns);
                healthy()
            }
        };
        this.server = Some(Server::Up(FaultServer::start(script)));
        this
    }

    /// Returns whether the configured endpoint never works.
    pub(crate) fn is_misconfigured(&self) -> bool {
        self.bad_endpoint.is_some()
    }

    /// Returns whether a hook of the tracker blocks.
    pub(crate) fn blocks_hook(&self) -> bool {
        self.blocks_hook
    }

    /// Returns the endpoint that is configured for the tracker.
    pub(crate) fn url(&self) -> String {
        match &self.bad_endpoint {
            Some(BadEndpoint::Tls(server)) => server.url(),
            Some(BadEndpoint::Dns) => UNRESOLVABLE_URL.to_owned(),
            None => self.real_url(),
        }
    }

    /// Returns the real endpoint of the server.
    pub(crate) fn real_url(&self) -> String {
        match &self.server {
            Some(Server::Up(server)) => server.url(),
            Some(Server::Down(reserved)) => reserved.url(),
            None => unreachable!("the server is absent only while it changes"),
        }
    }

    /// Makes the changes that are due after `elapsed`: stops the server, starts it, or makes it
    /// accept everything.
    pub(crate) fn advance(&mut self, elapsed: Duration) {
        let is_due = |at: &mut Option<Duration>| at.take_if(|at| *at <= elapsed).is_some();
        if is_due(&mut self.down_at)
            && let Some(Server::Up(up)) = self.server.take()
        {
            let (reserved, log) = up.stop();
            self.earlier = log;
            self.server = Some(Server::Down(reserved));
        }
        if is_due(&mut self.up_at)
            && let Some(Server::Down(reserved)) = self.server.take()
        {
            self.server = Some(Server::Up(reserved.start(healthy())));
        }
        if is_due(&mut self.healthy_at)
            && let Some(Server::Up(up)) = &self.server
        {
            up.set_plan(healthy());
        }
    }

    /// Returns all requests that the server received.
    pub(crate) fn into_log(self) -> RequestLog {
        let mut log = self.earlier;
        if let Some(Server::Up(server)) = self.server {
            log.requests.extend(server.log().requests);
        }
        log
    }
}

fn healthy() -> FaultPlan {
    FaultPlan::always(Behavior::ok())
}
