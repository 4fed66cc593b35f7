//! The parameters of a measurement, and the code that runs it.

use std::process::Command;
use std::time::Duration;

use crate::measure::derived::derive;
use crate::measure::process::run;
use crate::measure::server::{Endpoint, Server};
use crate::outcome::Outcome;
use crate::subjects::Subject;
use crate::workspace::program;

/// One measurement of one subject.
pub(crate) struct Measurement {
    pub(crate) name: String,
    pub(crate) subject: Subject,
    pub(crate) kind: &'static str,
    pub(crate) endpoint: Endpoint,
    pub(crate) args: Vec<(&'static str, String)>,
    pub(crate) rounds: usize,
    pub(crate) limit: Duration,
}

pub(crate) fn measurement(name: &str, subject: Subject, kind: &'static str) -> Measurement {
    Measurement {
        name: name.to_owned(),
        subject,
        kind,
        endpoint: Endpoint::Fast,
        args: Vec::new(),
        rounds: usize::MAX,
        limit: Duration::from_secs(60),
    }
}

impl Measurement {
    pub(crate) fn endpoint(mut self, endpoint: Endpoint) -> Self {
        self.endpoint = endpoint;
        self
    }

    pub(crate) fn arg(mut self, name: &'static str, value: impl ToString) -> Self {
        self.args.push((name, value.to_string()));
        self
    }

    pub(crate) fn rounds(mut self, rounds: usize) -> Self {
        self.rounds = rounds;
        self
    }

    pub(crate) fn limit(mut self, seconds: u64) -> Self {
        self.limit = Duration::from_secs(seconds);
        self
    }

    fn program(&self) -> String {
        match self.kind {
            "allocations" => format!("{}-allocations", self.subject.package),
            _ => self.subject.package.to_owned(),
        }
    }

    fn command(&self, server: &Server) -> Command {
        let mut command = Command::new(program(&self.program()));
        command
            .args([self.kind, "--variant", self.subject.variant])
            .args(["--url", server.url(self.endpoint)]);
        for (name, value) in &self.args {
            command.arg(format!("--{name}")).arg(value);
        }
        command
    }

    pub(crate) fn run(&self, server: &mut Server) -> Outcome {
        server.reset()?;
        let mut values = run(&mut self.command(server), self.limit)?;
        if self.subject.sends {
            for (name, value) in server.count()? {
                values.insert(format!("server_{name}"), value);
            }
        }
        let calls = self.args.iter().find(|(name, _)| *name == "calls");
        let calls = calls
            .and_then(|(_, value)| value.parse().ok())
            .or((self.kind == "shutdown").then_some(1_000.0));
        derive(&mut values, self.subject, calls);
        Ok(values)
    }
}
