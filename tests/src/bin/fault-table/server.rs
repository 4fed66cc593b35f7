//! The server of one row, and what becomes of it in the course of time.

use std::time::Duration;

use copilot_track_tests::{Behaviour, FaultServer, Log, Reserved, Script, TlsServer, UNRESOLVABLE};

use crate::faults::Fault;

/// The server, and where a tracker is told that it is.
pub(crate) struct World {
    server: Option<Server>,
    /// What it was sent before it went away.
    earlier: Log,
    wrong: Option<Wrong>,
    up_at: Option<Duration>,
    down_at: Option<Duration>,
    well_at: Option<Duration>,
}

enum Server {
    Up(FaultServer),
    Down(Reserved),
}

/// An endpoint that is none.
enum Wrong {
    Tls(TlsServer),
    Dns,
}

impl World {
    /// Events will come for so long.
    pub(crate) fn with(fault: Fault, whole: Duration) -> Self {
        let mut world = Self {
            server: None,
            earlier: Log::default(),
            wrong: None,
            up_at: None,
            down_at: None,
            well_at: None,
        };
        let script = match fault {
            Fault::Does(script) => script,
            Fault::DownAtFirst(length) => {
                world.up_at = Some(length);
                world.server = Some(Server::Down(FaultServer::reserve()));
                return world;
            }
            Fault::DownInTheMiddle(length) => {
                (world.down_at, world.up_at) = (Some(whole / 2), Some(whole / 2 + length));
                well()
            }
            Fault::For(length, behaviour) => {
                world.well_at = Some(length);
                Script::always(behaviour)
            }
            Fault::Tls(tls) => {
                world.wrong = Some(Wrong::Tls(TlsServer::start(tls)));
                well()
            }
            Fault::Dns => {
                world.wrong = Some(Wrong::Dns);
                well()
            }
        };
        world.server = Some(Server::Up(FaultServer::start(script)));
        world
    }

    /// Whether the endpoint that is configured at first is a wrong one.
    pub(crate) fn is_misconfigured(&self) -> bool {
        self.wrong.is_some()
    }

    /// The endpoint that is configured at first.
    pub(crate) fn url(&self) -> String {
        match &self.wrong {
            Some(Wrong::Tls(server)) => server.url(),
            Some(Wrong::Dns) => UNRESOLVABLE.to_owned(),
            None => self.right_url(),
        }
    }

    /// Where the server is.
    pub(crate) fn right_url(&self) -> String {
        match &self.server {
            Some(Server::Up(server)) => server.url(),
            Some(Server::Down(reserved)) => reserved.url(),
            None => unreachable!("there is one but while it changes"),
        }
    }

    /// Does what is due.
    pub(crate) fn go_on(&mut self, elapsed: Duration) {
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
            self.server = Some(Server::Up(reserved.start(well())));
        }
        if is_due(&mut self.well_at)
            && let Some(Server::Up(up)) = &self.server
        {
            up.set(well());
        }
    }

    /// What the server was sent in all.
    pub(crate) fn end(self) -> Log {
        let mut log = self.earlier;
        if let Some(Server::Up(server)) = self.server {
            log.requests.extend(server.log().requests);
        }
        log
    }
}

fn well() -> Script {
    Script::always(Behaviour::ok())
}
